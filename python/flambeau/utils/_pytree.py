"""Nested lists, tuples and dicts as flat lists and what they looked like."""

from collections import OrderedDict

__all__ = ["tree_flatten", "tree_unflatten", "tree_map", "tree_leaves"]


class TreeSpec:
    """The shape of a tree: `None` for a leaf, else how its node is made of its parts."""

    def __init__(self, make, children):
        self.make, self.children = make, children
        self.num_leaves = 1 if make is None else sum(c.num_leaves for c in children)

    def build(self, leaves):
        """The tree of an iterator of leaves."""
        return next(leaves) if self.make is None else self.make([c.build(leaves) for c in self.children])


LeafSpec = TreeSpec(None, [])


def _node(tree):
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return list(tree), lambda parts: type(tree)(*parts)
    if isinstance(tree, (list, tuple)):
        return list(tree), type(tree) if type(tree) in (list, tuple) else (lambda parts: type(tree)(parts))
    if isinstance(tree, dict):
        keys = list(tree)
        kind = OrderedDict if isinstance(tree, OrderedDict) else dict
        return [tree[k] for k in keys], lambda parts: kind(zip(keys, parts))
    return None


def tree_flatten(tree, is_leaf=None, none_is_leaf=True):
    """The leaves, and the shape."""
    node = None if is_leaf is not None and is_leaf(tree) else _node(tree)
    if node is None:
        return [tree], LeafSpec
    parts, make = node
    leaves, specs = [], []
    for part in parts:
        inner, spec = tree_flatten(part, is_leaf)
        leaves += inner
        specs.append(spec)
    return leaves, TreeSpec(make, specs)


def tree_unflatten(leaves, spec):
    """The tree of leaves and a shape."""
    return spec.build(iter(leaves))


def tree_leaves(tree, is_leaf=None):
    """The leaves."""
    return tree_flatten(tree, is_leaf)[0]


def tree_map(func, tree, *rests, is_leaf=None):
    """The tree of what `func` gives for each leaf."""
    leaves, spec = tree_flatten(tree, is_leaf)
    others = [tree_flatten(r, is_leaf)[0] for r in rests]
    return tree_unflatten([func(*args) for args in zip(leaves, *others)], spec)


def tree_map_only(kind, func, tree, is_leaf=None):
    """:func:`tree_map` of leaves of a class alone."""
    return tree_map(lambda leaf: func(leaf) if isinstance(leaf, kind) else leaf, tree, is_leaf=is_leaf)


tree_map_ = tree_map
