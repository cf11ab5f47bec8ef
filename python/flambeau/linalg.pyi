"""Written by python/stubs.py."""

from collections.abc import Sequence
from typing import Any, overload
from builtins import bool as _bool, complex as _complex, float as _float, int as _int, str as _str

from ._C import Generator as Generator, Tensor as Tensor, _device, _dtype, _Number, _cholesky_ex, _eig, _eigh, _inv_ex, _ldl_factor, _ldl_factor_ex, _lstsq, _lu, _lu_factor, _lu_factor_ex, _qr, _slogdet, _solve_ex, _svd
from ._C import LinAlgError as LinAlgError

def cholesky(A: Tensor, *, upper: _bool = False, out: Any = None) -> Tensor:
    """The lower (or `upper`) triangle L with A = L Lᴴ."""
def cholesky_ex(A: Tensor, *, upper: _bool = False, check_errors: _bool = False, out: Any = None) -> _cholesky_ex:
    """The Cholesky factor of Hermitian positive definite matrices, and for each where it failed (0: nowhere)."""
@overload
def cond(A: Tensor, p: _float | None = None, *, out: Any = None) -> Tensor:
    """The condition number in the 2-norm: the largest singular value over the smallest."""
@overload
def cond(A: Tensor, p: _str, *, out: Any = None) -> Tensor:
    """`cond` in a norm by name."""
def cross(input: Tensor, other: Tensor, *, dim: _int = -1, out: Any = None) -> Tensor:
    """The cross product of vectors of three along `dim`."""
def det(A: Tensor, *, out: Any = None) -> Tensor:
    """The determinant of square matrices."""
def diagonal(A: Tensor, *, offset: _int = 0, dim1: _int = -2, dim2: _int = -1, out: Any = None) -> Tensor:
    """The diagonal over `dim1` and `dim2`."""
def eig(A: Tensor, *, out: Any = None) -> _eig:
    """Eigenvalues and eigenvectors (of length one) of square matrices; complex."""
def eigh(A: Tensor, UPLO: _str = 'L', *, out: Any = None) -> _eigh:
    """Eigenvalues, from the smallest up, and eigenvectors of Hermitian matrices, of which one triangle is read."""
def eigvals(A: Tensor, *, out: Any = None) -> Tensor:
    """The eigenvalues of square matrices; complex."""
def eigvalsh(A: Tensor, UPLO: _str = 'L', *, out: Any = None) -> Tensor:
    """The eigenvalues of Hermitian matrices, from the smallest up."""
def householder_product(A: Tensor, tau: Tensor, *, out: Any = None) -> Tensor:
    """The first columns of the product of Householder's reflectors, given as `geqrf` does."""
def inv(A: Tensor, *, out: Any = None) -> Tensor:
    """The inverse."""
def inv_ex(A: Tensor, *, check_errors: _bool = False, out: Any = None) -> _inv_ex:
    """The inverse, and where a pivot is zero."""
def ldl_factor(A: Tensor, *, hermitian: _bool = False, out: Any = None) -> _ldl_factor:
    """`ldl_factor_ex` with an error in place of codes."""
def ldl_factor_ex(A: Tensor, *, hermitian: _bool = False, check_errors: _bool = False, out: Any = None) -> _ldl_factor_ex:
    """Bunch and Kaufman's L D Lᵀ of symmetric (or `hermitian`) matrices, LAPACK's pivots, and where a block is zero."""
def ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: _bool = False, out: Any = None) -> Tensor:
    """`A X = B` from the result of `ldl_factor`."""
def lstsq(A: Tensor, B: Tensor, rcond: _float | None = None, *, driver: _str | None = None, out: Any = None) -> _lstsq:
    """The solution of least squares of `A X = B`, its residuals, the ranks and the singular values, as the driver gives them."""
def lu(A: Tensor, *, pivot: _bool = True, out: Any = None) -> _lu:
    """A = P L U."""
def lu_factor(A: Tensor, *, pivot: _bool = True, out: Any = None) -> _lu_factor:
    """LU with pivots: both triangles in one matrix."""
def lu_factor_ex(A: Tensor, *, pivot: _bool = True, check_errors: _bool = False, out: Any = None) -> _lu_factor_ex:
    """LU with pivots, and for each matrix the place of a pivot that is zero (0: none)."""
def lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: _bool = True, adjoint: _bool = False, out: Any = None) -> Tensor:
    """`A X = B` (`X A = B` without `left`, with the adjoint of A if `adjoint`) from the result of `lu_factor`."""
def matmul(input: Tensor, other: Tensor, *, out: Any = None) -> Tensor:
    """The product of matrices, by the name of `torch.linalg`."""
def matrix_exp(A: Tensor, *, out: Any = None) -> Tensor:
    """e^A: Taylor's polynomial of degree 18 of A / 2^s, squared s times."""
@overload
def matrix_norm(A: Tensor, ord: _str = 'fro', dim: _int | Sequence[_int] = [-2, -1], keepdim: _bool = False, *, dtype: _dtype | None = None, out: Any = None) -> Tensor:
    """"fro" (the root of the sum of squares) or "nuc" (the sum of the singular values) over the dimensions `dim`."""
@overload
def matrix_norm(A: Tensor, ord: _float, dim: _int | Sequence[_int] = [-2, -1], keepdim: _bool = False, *, dtype: _dtype | None = None, out: Any = None) -> Tensor:
    """The norm of matrices of order ±1 (column sums), ±∞ (row sums) or ±2 (singular values)."""
def matrix_power(A: Tensor, n: _int, *, out: Any = None) -> Tensor:
    """The matrix multiplied with itself `n` times; inverted first for a negative number."""
@overload
def matrix_rank(A: Tensor, *, atol: Tensor | None = None, rtol: Tensor | None = None, hermitian: _bool = False, out: Any = None) -> Tensor:
    """How many singular values are above max(atol, rtol · the largest)."""
@overload
def matrix_rank(A: Tensor, *, atol: _float | None = None, rtol: _float | None = None, hermitian: _bool = False, out: Any = None) -> Tensor:
    """`matrix_rank` with numbers for tolerances."""
@overload
def matrix_rank(A: Tensor, tol: _float, hermitian: _bool = False, *, out: Any = None) -> Tensor:
    """`matrix_rank` with its old absolute tolerance."""
def matrix_sqrth(A: Tensor, *, out: Any = None) -> Tensor:
    """The principal root of Hermitian positive definite matrices."""
def multi_dot(tensors: Sequence[Tensor], *, out: Any = None) -> Tensor:
    """The product of several matrices, multiplied in the order with the fewest steps; the first and the last may be vectors."""
@overload
def norm(A: Tensor, ord: _float | None = None, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None, out: Any = None) -> Tensor:
    """The norm of order `ord`: of vectors over one dimension (or all), of matrices over two."""
@overload
def norm(A: Tensor, ord: _str, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None, out: Any = None) -> Tensor:
    """`linalg_norm` of matrices by name."""
@overload
def pinv(A: Tensor, *, atol: _float | None = None, rtol: _float | None = None, hermitian: _bool = False, out: Any = None) -> Tensor:
    """The pseudo-inverse: singular values below max(atol, rtol · the largest) count as zero."""
@overload
def pinv(A: Tensor, rcond: _float, hermitian: _bool = False, *, out: Any = None) -> Tensor:
    """`linalg_pinv` with its old relative tolerance."""
@overload
def pinv(A: Tensor, *, atol: Tensor | None = None, rtol: Tensor | None = None, hermitian: _bool = False, out: Any = None) -> Tensor:
    """`linalg_pinv` with tolerances for each matrix."""
def polar(A: Tensor, *, out: Any = None) -> tuple[Tensor, Tensor]:
    """A = U H with orthonormal columns of U and H Hermitian positive semidefinite."""
def qr(A: Tensor, mode: _str = 'reduced', *, out: Any = None) -> _qr:
    """A = Q R: with Q cut to min(m, n) columns ("reduced"), square ("complete"), or empty ("r")."""
def slogdet(A: Tensor, *, out: Any = None) -> _slogdet:
    """The sign and the logarithm of the absolute value of the determinant."""
def solve(A: Tensor, B: Tensor, *, left: _bool = True, out: Any = None) -> Tensor:
    """The solution of `A X = B` (`X A = B` without `left`)."""
def solve_ex(A: Tensor, B: Tensor, *, left: _bool = True, check_errors: _bool = False, out: Any = None) -> _solve_ex:
    """The solution of `A X = B` (`X A = B` without `left`) and where a pivot is zero. `B` may be a batch of vectors."""
def solve_triangular(A: Tensor, B: Tensor, *, upper: _bool, left: _bool = True, unitriangular: _bool = False, out: Any = None) -> Tensor:
    """`A X = B` (or `X A = B` without `left`) for a triangular `A`; ones on its diagonal if `unitriangular`."""
def svd(A: Tensor, full_matrices: _bool = True, *, driver: _str | None = None, out: Any = None) -> _svd:
    """A = U diag(S) Vh with the values from the largest down; U and Vh square, or cut without `full_matrices`."""
def svdvals(A: Tensor, *, driver: _str | None = None, out: Any = None) -> Tensor:
    """The singular values, from the largest down."""
def tensorinv(A: Tensor, ind: _int = 2, *, out: Any = None) -> Tensor:
    """The inverse of a tensor seen as a matrix of its first `ind` dimensions by the others."""
def tensorsolve(A: Tensor, B: Tensor, dims: _int | Sequence[_int] | None = None, *, out: Any = None) -> Tensor:
    """X with tensordot(A, X) = B, with the dimensions `dims` of A moved to its end."""
def vander(x: Tensor, *, N: _int | None = None, out: Any = None) -> Tensor:
    """Powers 0 .. n − 1 of the elements, along a new last dimension."""
def vecdot(x: Tensor, y: Tensor, *, dim: _int = -1, out: Any = None) -> Tensor:
    """Σ conj(x) · y along `dim`."""
def vector_norm(input: Tensor, ord: _float = 2, dim: _int | Sequence[_int] | None = None, keepdim: _bool = False, *, dtype: _dtype | None = None, out: Any = None) -> Tensor:
    """(Σ |x|^ord)^(1/ord) over `dim`; the largest magnitude for infinity, the smallest for −infinity, the number of elements that are not zero for 0."""
