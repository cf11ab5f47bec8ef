//! `where` and `masked_fill`: elements of one operand or another by a mask. They move elements and never look into them.

use super::*;
use crate::function;
use flambeau_kernels::map::select::select_kernel;

/// Inputs: the condition, then those of the two operands that are tensors.
struct Where {
    name: &'static str,
    scalars: [Option<Scalar>; 2],
    dtype: DType,
}

impl Where {
    /// Where operand `i` is among the inputs.
    fn position(&self, i: usize) -> Option<usize> {
        match (i, self.scalars) {
            (_, s) if s[i].is_some() => None,
            (0, _) => Some(1),
            (_, [None, _]) => Some(2),
            _ => Some(1),
        }
    }
}

impl Op for Where {
    fn name(&self) -> &'static str {
        self.name
    }
    fn kind(&self) -> Kind {
        Kind::Map
    }
    fn infer(&self, inputs: &[&Tensor]) -> Result<Specs> {
        let (shape, strides) = output_layout(self.name, inputs)?;
        Ok(smallvec::smallvec![Spec { shape, dtype: self.dtype, strides }])
    }
    fn cpu(&self, inputs: &[Arg], outputs: &[Arg]) -> Result<()> {
        let scalars = [None, self.scalars[0], self.scalars[1]];
        bridge::map(select_kernel(), (&()).into(), self.dtype, inputs, &scalars, outputs[0]);
        Ok(())
    }
    fn saves(&self, _: Needs) -> Saves {
        Saves::INPUT
    }
    fn vjp(&self, cx: &Cx, grads: &[Option<Tensor>]) -> Result<Grads> {
        let mut out: Grads = smallvec::smallvec![None; 1 + self.scalars.iter().filter(|s| s.is_none()).count()];
        let Some(g) = &grads[0] else { return Ok(out) };
        let condition = cx.input(0)?;
        for i in 0..2 {
            if let Some(at) = self.position(i).filter(|at| cx.needs(*at)) {
                let zero = Operand::Scalar(Scalar::Int(0));
                let [a, b] = if i == 0 { [Operand::Tensor(g), zero] } else { [zero, Operand::Tensor(g)] };
                out[at] = Some(select("where", &condition, a, b, g.dtype())?);
            }
        }
        Ok(out)
    }
}

fn check_condition(condition: &Tensor) -> Result<()> {
    if !matches!(condition.dtype(), DType::Bool | DType::U8) {
        bail!(
            "where expected condition to be a boolean tensor, but got a tensor with dtype {}",
            condition.dtype().name()
        );
    }
    Ok(())
}

fn select(name: &'static str, condition: &Tensor, a: Operand, b: Operand, dtype: DType) -> Result<Tensor> {
    let (op, inputs) = prepare(name, condition, a, b, dtype);
    apply(op, &inputs)
}

fn prepare<'a>(
    name: &'static str,
    condition: &'a Tensor,
    a: Operand<'a>,
    b: Operand<'a>,
    dtype: DType,
) -> (Where, SmallVec<[&'a Tensor; 3]>) {
    let mut scalars = [None; 2];
    let mut inputs: SmallVec<[&Tensor; 3]> = smallvec::smallvec![condition];
    for (operand, scalar) in [a, b].into_iter().zip(&mut scalars) {
        match operand {
            Operand::Tensor(t) => inputs.push(t),
            Operand::Scalar(s) => *scalar = Some(s),
        }
    }
    (Where { name, scalars, dtype }, inputs)
}

/// `input` where the condition (bool) is true, `other` elsewhere. Operands are tensors or numbers, in their promoted dtype.
#[function(dtypes = "all", torch = "where", sig = "condition, input, other", samples = ["T(3,4,dtype=bool), T(3,4), T(3,4)", "T(3,1,dtype=bool), T(4), T(3,4)", "T(3,4,dtype=bool), T(3,4), 2", "T(3,4,dtype=bool), 0, T(4)"])]
pub fn where_tensor<'a>(
    condition: &Tensor,
    input: impl Into<Operand<'a>>,
    other: impl Into<Operand<'a>>,
) -> Result<Tensor> {
    check_condition(condition)?;
    let (a, b) = (input.into(), other.into());
    select("where", condition, a, b, result_type([a, b]))
}

impl Tensor {
    /// `input` where this tensor (bool) is true, `other` elsewhere.
    pub fn where_<'a>(&self, input: impl Into<Operand<'a>>, other: impl Into<Operand<'a>>) -> Result<Tensor> {
        where_tensor(self, input, other)
    }
}

/// What `masked_fill` may write, in the dtype of the input.
fn check_fill(input: &Tensor, mask: &Tensor, value: Operand) -> Result<()> {
    if mask.dtype() != DType::Bool {
        bail!("masked_fill_ only supports boolean masks, but got mask with dtype {}", mask.dtype().name());
    }
    let complex = match value {
        Operand::Tensor(t) if t.dim() > 0 => {
            bail!(
                "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {} dimension(s).",
                t.dim()
            )
        }
        Operand::Tensor(t) => t.dtype().is_complex(),
        Operand::Scalar(s) => matches!(s, Scalar::Complex(..)),
    };
    if complex && !input.dtype().is_complex() {
        bail!("value cannot be converted to type {} without overflow", input.dtype().name());
    }
    Ok(())
}

/// `value` (a number or a 0-d tensor) where the mask is true, the input elsewhere.
#[function(dtypes = "all", inplace = fill_in_place, samples = ["T(3,4), T(3,4,dtype=bool), 2", "T(3,4), T(4,dtype=bool), T()", "T(4), T(3,4,dtype=bool), 0"])]
pub fn masked_fill<'a>(input: &Tensor, mask: &Tensor, value: impl Into<Operand<'a>>) -> Result<Tensor> {
    let value = value.into();
    check_fill(input, mask, value)?;
    select("masked_fill", mask, value, Operand::Tensor(input), input.dtype())
}

fn fill_in_place<'s, 'a>(input: &'s Tensor, mask: &Tensor, value: impl Into<Operand<'a>>) -> Result<&'s Tensor> {
    let value = value.into();
    check_fill(input, mask, value)?;
    let (op, inputs) = prepare("masked_fill", mask, value, Operand::Tensor(input), input.dtype());
    apply_into(op, &inputs, input)
}
