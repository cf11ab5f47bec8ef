//! Every layer and activation: keys, first weights, outputs and gradients.

use crate::common::{Goldens, WIDE, goldens, seeded};
use flambeau_core::{ErrorClass, Result, Tensor};
use flambeau_nn::module::Field;
use flambeau_nn::*;

fn one<M: Forward>(g: &Goldens, name: &str, make: impl Fn() -> Result<M>, shape: &[usize]) {
    g.replay(name, make, &[shape], WIDE, |m, x| Ok(vec![m.forward(&x[0])?]));
}

#[test]
fn layers_are_pytorchs() {
    let g = goldens();
    one(&g, "linear", || Linear::new(5, 3, true), &[2, 4, 5]);
    one(&g, "linear_vector", || Linear::new(5, 3, true), &[5]);
    one(&g, "linear_no_bias", || Linear::new(17, 9, false), &[3, 17]);
    one(&g, "layer_norm", || LayerNorm::new(6), &[3, 6]);
    one(&g, "layer_norm_two", || LayerNorm::with_options(&[3, 4], 1e-3, true, false), &[2, 3, 4]);
    one(&g, "layer_norm_two_bias", || LayerNorm::with_options(&[2, 3, 2], 1e-5, true, true), &[3, 2, 3, 2]);
    one(&g, "layer_norm_plain", || LayerNorm::with_options(&[5], 1e-5, false, true), &[4, 5]);
    one(&g, "rms_norm_two", || RMSNorm::new(&[3, 4], Some(1e-3), true), &[2, 3, 4]);
    one(&g, "flatten", || Ok(Flatten::default()), &[2, 3, 4]);
    one(&g, "unflatten", || Ok(Unflatten { dim: 1, unflattened_size: vec![2, 3] }), &[2, 6]);
    one(&g, "identity", || Ok(Identity {}), &[3]);
    one(&g, "dropout", || Dropout::new(0.3), &[6, 7]);
    one(&g, "rms_norm", || RMSNorm::new(&[6], None, true), &[3, 6]);
    one(&g, "rms_norm_plain", || RMSNorm::new(&[5], None, false), &[4, 5]);
    let sequential =
        || Ok(Sequential::new().with(Linear::new(4, 6, true)?).with(Tanh::default()).with(Linear::new(6, 2, true)?));
    one(&g, "sequential", sequential, &[3, 4]);
    let bilinear = |m: &Bilinear, x: &[Tensor]| Ok(vec![m.forward(&x[0], &x[1])?]);
    g.replay("bilinear", || Bilinear::new(3, 4, 2, true), &[&[5, 3], &[5, 4]], WIDE, bilinear);
    g.replay("bilinear_no_bias", || Bilinear::new(3, 4, 2, false), &[&[2, 5, 3], &[2, 5, 4]], WIDE, bilinear);
    let indices = Tensor::from_vec(vec![1i64, 2, 0, 6, 2, 1], &[2, 3]).expect("indices");
    for (name, padding) in [("embedding", None), ("embedding_padding", Some(2))] {
        g.replay(name, || Embedding::new(7, 4, padding), &[], WIDE, |m, _| Ok(vec![m.forward(&indices)?]));
    }
    g.assert_begins("module_list", || Ok(ModuleList(vec![Linear::new(2, 3, true)?, Linear::new(3, 2, false)?])));
}

#[test]
fn activations_are_pytorchs() {
    let g = goldens();
    let check = |name: &str, layer: &dyn Forward| {
        struct Shown<'a>(&'a dyn Forward);
        impl Module for Shown<'_> {
            fn type_name(&self) -> &'static str {
                self.0.type_name()
            }
            fn visit(&self, visitor: &mut dyn module::Visitor) {
                self.0.visit(visitor);
            }
            fn visit_mut(&mut self, _: &mut dyn module::VisitorMut) -> Result<()> {
                Ok(())
            }
        }
        let call = |m: &Shown, x: &[Tensor]| Ok(vec![m.0.forward(&x[0])?]);
        g.replay(&format!("act_{name}"), || Ok(Shown(layer)), &[&[3, 8]], (-7.0, 7.0), call);
    };
    check("relu", &ReLU::default());
    check("relu6", &ReLU6::default());
    check("gelu", &GELU::default());
    check("gelu_tanh", &GELU { approximate: "tanh" });
    check("silu", &SiLU::default());
    check("mish", &Mish::default());
    check("tanh", &Tanh::default());
    check("sigmoid", &Sigmoid::default());
    check("log_sigmoid", &LogSigmoid::default());
    check("elu", &ELU::default());
    check("elu_alpha", &ELU { alpha: 0.5 });
    check("celu", &CELU::default());
    check("celu_alpha", &CELU { alpha: 0.5 });
    check("selu", &SELU::default());
    check("leaky_relu", &LeakyReLU::default());
    check("leaky_relu_slope", &LeakyReLU { negative_slope: 0.3 });
    check("softplus", &Softplus::default());
    check("softplus_options", &Softplus { beta: 2.0, threshold: 3.0 });
    check("softsign", &Softsign::default());
    check("softshrink", &Softshrink::default());
    check("softshrink_lambd", &Softshrink { lambd: 1.2 });
    check("hardshrink", &Hardshrink::default());
    check("tanhshrink", &Tanhshrink::default());
    check("hardtanh", &Hardtanh::default());
    check("hardtanh_options", &Hardtanh { min_val: -0.5, max_val: 2.0 });
    check("hardsigmoid", &Hardsigmoid::default());
    check("hardswish", &Hardswish::default());
    check("softmax", &Softmax::default());
    check("softmax_first", &Softmax { dim: 0 });
    check("log_softmax", &LogSoftmax::default());
    check("softmin", &Softmin::default());
    check("glu", &GLU::default());
    check("threshold", &Threshold { threshold: 0.1, value: -2.0 });
}

#[test]
fn options_out_of_range_are_refused_as_pytorch_refuses_them() {
    let _turn = seeded();
    let refused = |made: Result<()>, text: &str| {
        let e = made.expect_err(text);
        assert!(e.class() == ErrorClass::Value && e.message().contains(text), "{e:?}");
    };
    for p in [-0.1, 1.5, f64::NAN] {
        refused(Dropout::new(p).map(|_| ()), "dropout probability has to be between 0 and 1, but got");
    }
    assert!(Embedding::new(4, 2, Some(4)).is_err());
    // As in PyTorch, a padding index may count from the end.
    let last = Embedding::new(4, 2, Some(-1)).expect("embedding");
    assert_eq!(last.weight.select(0, 3).and_then(|r| r.to_vec::<f32>()).expect("row"), [0.0, 0.0]);
}

#[test]
fn fields_of_every_kind_are_walked() {
    let _turn = seeded();
    let mut boxed: Box<dyn Forward> = Box::new(Linear::new(2, 3, true).expect("linear"));
    assert_eq!(boxed.state_dict().len(), 2);
    module::to_dtype(&mut boxed, flambeau_core::DType::F64).expect("to_dtype");
    assert!(boxed.parameters().iter().all(|p| p.dtype() == flambeau_core::DType::F64));
    fn is_field<F: Field>() {}
    is_field::<Vec<Option<Box<dyn Forward>>>>();
    is_field::<[Parameter; 2]>();
    is_field::<std::collections::BTreeMap<String, Linear>>();
}
