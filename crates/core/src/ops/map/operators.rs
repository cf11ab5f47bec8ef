//! `+ - * / %`, unary `-` and `!` on tensors and numbers. They panic with the text of the error that the method returns,
//! as `v[i]` does beside `v.get(i)`.

use crate::scalar::Scalar;
use crate::{Result, Tensor};
use std::ops::{Add, Div, Mul, Neg, Not, Rem, Sub};

#[track_caller]
#[inline(always)]
fn checked(result: Result<Tensor>) -> Tensor {
    match result {
        Ok(tensor) => tensor,
        Err(error) => fail(error),
    }
}

#[track_caller]
#[cold]
#[allow(clippy::panic)]
fn fail(error: crate::Error) -> Tensor {
    panic!("{error}")
}

/// Whether the result of an operator may be written over its left operand once that is given away: nobody else sees its
/// elements, nothing is recorded, and the result has its shape and dtype.
pub fn is_spent(left: &Tensor, right: &Tensor) -> bool {
    left.0.is_unique()
        && left.storage().is_unique()
        && left.dtype().is_float()
        && left.dtype() == right.dtype()
        && left.shape() == right.shape()
        && left.is_contiguous()
        && !left.requires_grad()
        && !right.requires_grad()
}

macro_rules! binary {
    ($($trait:ident $op:ident $function:path, $in_place:ident, $number:ident => $left:expr;)*) => {$(
        binary!(@given $trait $op $function, $in_place; Tensor [&], &Tensor []);
        binary!(@kept $trait $op $function; Tensor [&], &Tensor []);
        binary!(@numbers $trait $op $function, $number => $left; f64, f32, i64, i32);
    )*};
    (@kept $trait:ident $op:ident $function:path; $($b:ty [$($borrow:tt)?]),*) => {$(
        impl $trait<$b> for &Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $op(self, other: $b) -> Tensor {
                checked($function(self, $($borrow)? other))
            }
        }
    )*};
    (@given $trait:ident $op:ident $function:path, $in_place:ident; $($b:ty [$($borrow:tt)?]),*) => {$(
        impl $trait<$b> for Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $op(self, other: $b) -> Tensor {
                if is_spent(&self, $($borrow)? other) && self.$in_place($($borrow)? other).is_ok() {
                    return self;
                }
                checked($function(&self, $($borrow)? other))
            }
        }
    )*};
    (@numbers $trait:ident $op:ident $function:path, $number:ident => $left:expr; $($ty:ty),*) => {$(
        impl $trait<$ty> for Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $op(self, other: $ty) -> Tensor {
                checked($function(&self, other))
            }
        }
        impl $trait<$ty> for &Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $op(self, other: $ty) -> Tensor {
                checked($function(self, other))
            }
        }
        impl $trait<Tensor> for $ty {
            type Output = Tensor;
            #[track_caller]
            fn $op(self, other: Tensor) -> Tensor {
                let $number = Scalar::from(self);
                checked(($left)(&other))
            }
        }
        impl $trait<&Tensor> for $ty {
            type Output = Tensor;
            #[track_caller]
            fn $op(self, other: &Tensor) -> Tensor {
                let $number = Scalar::from(self);
                checked(($left)(other))
            }
        }
    )*};
}

binary! {
    Add add super::add, add_, n => |t: &Tensor| super::add(t, n);
    Sub sub super::sub, sub_, n => |t: &Tensor| super::rsub(t, n, Scalar::Int(1));
    Mul mul super::mul, mul_, n => |t: &Tensor| super::mul(t, n);
    Div div super::true_divide, div_, n => |t: &Tensor| super::true_divide_scalar(n, t);
    Rem rem super::remainder, remainder_, n => |t: &Tensor| super::remainder_scalar(n, t);
}

macro_rules! unary {
    ($($trait:ident $op:ident $function:path;)*) => {$(
        impl $trait for Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $op(self) -> Tensor {
                checked($function(&self))
            }
        }
        impl $trait for &Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $op(self) -> Tensor {
                checked($function(self))
            }
        }
    )*};
}

unary! {
    Neg neg super::neg;
    Not not super::bitwise_not;
}
