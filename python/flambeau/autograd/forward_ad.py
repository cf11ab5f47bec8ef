"""Forward mode: said to be missing where it is used; `torch.func.jvp` computes the same products."""

from .._missing import names_of as _names_of

__all__ = ["dual_level", "make_dual", "unpack_dual"]


def _missing(name):
    def call(*args, **kwargs):
        raise NotImplementedError(f"torch.autograd.forward_ad.{name} is not in Flambeau yet; torch.func.jvp computes Jacobian-vector products")

    call.__name__ = name
    return call


dual_level, make_dual, unpack_dual, enter_dual_level, exit_dual_level = map(
    _missing, ("dual_level", "make_dual", "unpack_dual", "enter_dual_level", "exit_dual_level")
)


__getattr__ = _names_of(__name__)
