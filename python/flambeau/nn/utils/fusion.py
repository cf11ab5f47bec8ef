"""Batch norms folded into the layer before."""

import copy

from ..parameter import Parameter
from ..._missing import names_of as _names_of

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]


def _scale(weight, bias, mean, var, eps, gamma, beta):
    bias = mean * 0 if bias is None else bias
    gamma = mean * 0 + 1 if gamma is None else gamma
    beta = mean * 0 if beta is None else beta
    return gamma * (var + eps).rsqrt(), bias, beta


def fuse_conv_bn_weights(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, transpose=False):
    """Weight and bias of a convolution that does what both did."""
    factor, bias, beta = _scale(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)
    shape = [1, -1] + [1] * (conv_w.dim() - 2) if transpose else [-1, 1] + [1] * (conv_w.dim() - 2)
    weight = (conv_w * factor.reshape(shape)).to(conv_w.dtype)
    return Parameter(weight, conv_w.requires_grad), Parameter(((bias - bn_rm) * factor + beta).to(weight.dtype), conv_w.requires_grad)


def fuse_linear_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b):
    """Weight and bias of a linear map that does what both did."""
    factor, bias, beta = _scale(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)
    return Parameter(linear_w * factor.unsqueeze(-1), linear_w.requires_grad), Parameter((bias - bn_rm) * factor + beta, linear_w.requires_grad)


def fuse_conv_bn_eval(conv, bn, transpose=False):
    """One convolution in place of a convolution and a batch norm, both in eval mode."""
    if conv.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    fused = copy.deepcopy(conv)
    fused.weight, fused.bias = fuse_conv_bn_weights(fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose)
    return fused


def fuse_linear_bn_eval(linear, bn):
    """One linear map in place of a linear map and a batch norm, both in eval mode."""
    if linear.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    fused = copy.deepcopy(linear)
    fused.weight, fused.bias = fuse_linear_bn_weights(fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias)
    return fused


__getattr__ = _names_of(__name__)
