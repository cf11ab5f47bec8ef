//! What a module is: names in PyTorch's order, states loaded or refused, modes, dtypes, tied weights.

use crate::common::{WIDE, goldens, seeded, tensor, values};
use flambeau_core::{DType, ErrorClass, Result, Tensor, ops};
use flambeau_nn::module::{entry, to_dtype};
use flambeau_nn::*;

/// Own parameters and buffers between modules, as in the golden of this name.
#[derive(Module)]
struct Mixed {
    first: Linear,
    mean: Buffer,
    scale: Parameter,
    last: Linear,
    cache: Buffer,
    shift: Parameter,
}

impl Mixed {
    fn new() -> Result<Mixed> {
        let zeros = |n: usize| ops::zeros(&[n], DType::F32);
        Ok(Mixed {
            first: Linear::new(2, 3, true)?,
            mean: Buffer::new(zeros(3)?),
            scale: Parameter::new(ops::ones(&[3], DType::F32)?)?,
            last: Linear::new(3, 2, true)?,
            cache: Buffer::transient(zeros(1)?),
            shift: Parameter::new(zeros(3)?)?,
        })
    }
}

#[test]
fn names_come_in_pytorchs_order_whatever_the_order_of_the_fields() {
    let m = goldens().assert_begins("mixed", Mixed::new);
    let names = |list: Vec<(String, Tensor)>| list.into_iter().map(|(n, _)| n).collect::<Vec<_>>();
    assert_eq!(names(m.named_buffers()), ["mean", "cache"]);
    assert_eq!(names(m.state_dict())[..3], ["scale", "shift", "mean"]);
    assert_eq!(m.named_modules(), [("first".to_string(), "Linear"), ("last".to_string(), "Linear")]);
    assert_eq!(m.num_parameters(), 3 + 3 + 6 + 3 + 6 + 2);
}

#[test]
fn all_that_does_not_fit_is_listed() {
    let _turn = seeded();
    let m = Mixed::new().expect("module");
    let before: Vec<Vec<f64>> = m.state_dict().iter().map(|(_, t)| values(t)).collect();
    let mut state: Vec<(String, Tensor)> = Mixed::new().expect("module").state_dict();
    state.retain(|(n, _)| n != "scale" && n != "last.bias");
    state.push(("extra".into(), ops::zeros(&[1], DType::F32).expect("zeros")));
    state.push(("last.more".into(), ops::zeros(&[1], DType::F32).expect("zeros")));
    let unfit = state.clone();
    for (n, t) in &mut state {
        if n == "first.weight" || n == "mean" {
            *t = ops::zeros(&[4, 4], DType::F32).expect("zeros");
        }
    }
    let unchanged = || assert_eq!(m.state_dict().iter().map(|(_, t)| values(t)).collect::<Vec<_>>(), before);

    let e = m.load_state_dict(&state, true).expect_err("strict");
    assert_eq!(e.class(), ErrorClass::Runtime);
    assert_eq!(
        e.message(),
        "Error(s) in loading state_dict for Mixed:\n\t\
         Missing key(s) in state_dict: \"scale\", \"last.bias\". \n\t\
         Unexpected key(s) in state_dict: \"extra\", \"last.more\". \n\t\
         size mismatch for mean: copying a param with shape [4, 4] from checkpoint, the shape in current model is [3].\n\t\
         size mismatch for first.weight: copying a param with shape [4, 4] from checkpoint, the shape in current model is \
         [3, 2]."
    );
    unchanged();
    let e = m.load_state_dict(&state, false).expect_err("shapes");
    assert!(e.message().contains("size mismatch for mean") && !e.message().contains("key(s)"), "{e}");
    unchanged();
    assert!(m.load_state_dict(&unfit, true).is_err());
    unchanged();

    let report = m.load_state_dict(&unfit, false).expect("load");
    assert_eq!(report.missing_keys, ["scale", "last.bias"]);
    assert_eq!(report.unexpected_keys, ["extra", "last.more"]);
    let loaded = m.state_dict();
    assert_eq!(
        values(entry(&loaded, "first.weight").expect("entry")),
        values(entry(&unfit, "first.weight").expect("entry"))
    );
    let e = entry(&loaded, "nothing").expect_err("no entry");
    assert!(e.class() == ErrorClass::Key && e.message().contains("\"nothing\""), "{e:?}");
}

#[test]
fn loading_copies_into_the_parameters_and_converts() {
    let _turn = seeded();
    let m = Linear::new(3, 2, true).expect("linear");
    let held = m.parameters();
    let state = vec![
        ("weight".to_string(), tensor("w", &[2, 3], DType::F64, WIDE)),
        ("bias".to_string(), tensor("b", &[2], DType::F16, WIDE)),
    ];
    assert_eq!(m.load_state_dict(&state, true).expect("load"), LoadReport::default());
    for ((_, want), got) in state.iter().zip(&held) {
        assert_eq!(got.dtype(), DType::F32);
        assert_eq!(values(got), values(&want.to_dtype(DType::F32).expect("convert")));
        assert!(got.requires_grad() && got.is_leaf());
    }
    // The state dict shares memory with the module and has no history.
    let shared = m.state_dict();
    assert!(!shared[0].1.requires_grad());
    shared[0].1.fill_(3.0).expect("fill");
    assert_eq!(values(&m.weight), [3.0; 6]);
}

#[derive(Clone, Module)]
struct Tied {
    embedding: Embedding,
    head: Linear,
    drop: Option<Dropout>,
    steps: usize,
}

fn tied() -> Tied {
    let embedding = Embedding::new(5, 3, None).expect("embedding");
    let mut head = Linear::new(3, 5, false).expect("linear");
    head.weight = embedding.weight.clone();
    Tied { embedding, head, drop: Some(Dropout::new(0.5).expect("dropout")), steps: 3 }
}

#[test]
fn tied_weights_are_one_parameter_under_two_keys_and_stay_tied() {
    let _turn = seeded();
    let mut m = tied();
    let keys = |m: &Tied| m.state_dict().into_iter().map(|(n, _)| n).collect::<Vec<_>>();
    assert_eq!(keys(&m), ["embedding.weight", "head.weight"]);
    assert_eq!(m.parameters().len(), 1);
    assert_eq!(m.num_parameters(), 15);
    to_dtype(&mut m, DType::F64).expect("to_dtype");
    let copy = transformer::deep_copy(&m).expect("copy");
    for m in [&m, &copy] {
        assert_eq!(m.parameters().len(), 1);
        assert_eq!(m.named_parameters()[0].0, "embedding.weight");
        assert_eq!((m.parameters()[0].dtype(), m.steps), (DType::F64, 3));
    }
    init::zeros_(&copy.head.weight).expect("zeros");
    assert!(values(&copy.embedding.weight).iter().all(|v| *v == 0.0));
    assert!(values(&m.embedding.weight).iter().any(|v| *v != 0.0));
}

#[test]
fn to_dtype_changes_floats_and_refuses_the_rest() {
    let _turn = seeded();
    let counts = Buffer::new(Tensor::from_vec(vec![1i64, 2], &[2]).expect("counts"));
    #[derive(Module)]
    struct Counted {
        linear: Linear,
        frozen: Parameter,
        mean: Buffer,
        counts: Buffer,
    }
    let float = ops::ones(&[2], DType::F32).expect("ones");
    let mut m = Counted {
        linear: Linear::new(2, 2, true).expect("linear"),
        frozen: Parameter::frozen(float.clone()),
        mean: Buffer::transient(float),
        counts,
    };
    let before = values(&m.linear.weight);
    for dtype in [DType::F64, DType::BF16, DType::F32, DType::F16] {
        to_dtype(&mut m, dtype).expect("to_dtype");
        assert!([m.linear.weight.dtype(), m.frozen.dtype(), m.mean.dtype()].iter().all(|d| *d == dtype));
        assert_eq!(m.counts.dtype(), DType::I64);
        assert!(m.linear.weight.requires_grad() && m.linear.weight.is_leaf() && !m.frozen.requires_grad());
        if dtype == DType::F64 {
            assert_eq!(values(&m.linear.weight), before);
        }
    }
    let e = to_dtype(&mut m, DType::I64).expect_err("int64");
    assert!(e.class() == ErrorClass::Type && e.message().contains("int64"), "{e:?}");
}

#[test]
fn modes_and_gradients_reach_all_modules() {
    let _turn = seeded();
    let m = Sequential::new()
        .with(Linear::new(3, 3, true).expect("linear"))
        .with(Sequential::new().with(Dropout::new(1.0).expect("dropout")));
    let boxed: Vec<Box<dyn Forward>> = vec![Box::new(m)];
    let m = ModuleList(boxed);
    let names: Vec<String> = m.state_dict().into_iter().map(|(n, _)| n).collect();
    assert_eq!(names, ["0.0.weight", "0.0.bias"]);
    let x = tensor("x", &[2, 3], DType::F32, WIDE);
    assert_eq!(values(&m[0].forward(&x).expect("forward")), [0.0; 6], "training, all is dropped");
    m.eval();
    let y = m[0].forward(&x).expect("forward");
    assert!(values(&y).iter().all(|v| *v != 0.0));
    y.sum(None, false, None).and_then(|s| s.backward()).expect("backward");
    assert!(m.parameters().iter().all(|p| p.grad().is_some()));
    m.zero_grad().expect("zero_grad");
    assert!(m.parameters().iter().all(|p| p.grad().is_none()));
    m.requires_grad_(false).expect("requires_grad_");
    assert!(!m[0].forward(&x).expect("forward").requires_grad());
    m.train();
    assert_eq!(values(&m[0].forward(&x).expect("forward")), [0.0; 6]);
}

#[test]
fn a_dropout_shared_by_option_and_plain_fields_follow_the_type() {
    let _turn = seeded();
    let m = tied();
    m.eval();
    assert_eq!(m.drop.as_ref().map(Dropout::current), Some(0.0));
    m.train();
    assert_eq!(m.drop.as_ref().map(Dropout::current), Some(0.5));
    let without = Tied { drop: None, ..m };
    assert_eq!(without.named_modules().len(), 2);
}

#[test]
fn parameters_as_a_vector_and_back() {
    let _turn = seeded();
    let m = Mixed::new().expect("module");
    let list = m.parameters();
    let flat = utils::parameters_to_vector(&list).expect("vector");
    assert_eq!(flat.shape(), [m.num_parameters()]);
    assert_eq!(values(&flat), list.iter().flat_map(values).collect::<Vec<_>>());
    let other = Mixed::new().expect("module");
    utils::vector_to_parameters(&flat.mul(2.0).expect("mul"), &other.parameters()).expect("parameters");
    for (a, b) in list.iter().zip(other.parameters()) {
        assert_eq!(values(a).iter().map(|v| 2.0 * v).collect::<Vec<_>>(), values(&b));
    }
    let short = flat.narrow(0, 0, 5).expect("narrow");
    let e = utils::vector_to_parameters(&short, &list).expect_err("too short");
    assert!(e.message().contains("shape [5]"), "{e}");
}
