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

macro_rules! binary {
    ($($trait:ident $op:ident $function:path, $number:ident => $left:expr;)*) => {$(
        binary!(@tensors $trait $op $function; Tensor, Tensor; Tensor, &Tensor; &Tensor, Tensor; &Tensor, &Tensor);
        binary!(@numbers $trait $op $function, $number => $left; f64, f32, i64, i32);
    )*};
    (@tensors $trait:ident $op:ident $function:path; $($a:ty, $b:ty);*) => {$(
        impl $trait<$b> for $a {
            type Output = Tensor;
            #[track_caller]
            fn $op(self, other: $b) -> Tensor {
                #[allow(clippy::needless_borrow)]
                checked($function(&self, &other))
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
    Add add super::add, n => |t: &Tensor| super::add(t, n);
    Sub sub super::sub, n => |t: &Tensor| super::rsub(t, n, Scalar::Int(1));
    Mul mul super::mul, n => |t: &Tensor| super::mul(t, n);
    Div div super::true_divide, n => |t: &Tensor| super::true_divide_scalar(n, t);
    Rem rem super::remainder, n => |t: &Tensor| super::remainder_scalar(n, t);
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
