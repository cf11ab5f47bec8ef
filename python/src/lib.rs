//! The compiled part of the Python package, `flambeau._C`: tensors, the registry's functions, gradients, memory, files.

mod autocast;
mod autograd;
mod dlpack;
mod dtype;
mod error;
mod factory;
mod file;
mod function;
mod given;
mod index;
mod memory;
mod module;
mod operators;
mod optim;
mod out;
mod overrides;
mod random;
mod settings;
mod stubs;
mod tensor;
mod value;

use pyo3::prelude::*;

#[pymodule(name = "_C")]
fn compiled(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    m.add("LinAlgError", m.py().get_type::<error::LinAlgError>())?;
    m.add_class::<tensor::PyTensor>()?;
    m.add_class::<autograd::PyNode>()?;
    m.add_class::<autograd::PyHandle>()?;
    m.add_class::<dtype::PyDType>()?;
    m.add_class::<dtype::PyDevice>()?;
    m.add_class::<random::PyGenerator>()?;
    m.add_class::<function::PyFunction>()?;
    m.add_class::<autograd::Mode>()?;
    m.add_class::<autograd::PackedTensor>()?;
    m.add_class::<autograd::SavedTensorsHooks>()?;
    m.add_class::<memory::ArrayView>()?;
    m.add_class::<module::Callable>()?;
    m.add_class::<module::Forward>()?;
    m.add_class::<overrides::Overridable>()?;
    m.add_class::<overrides::OverridableProperty>()?;
    for dtype in flambeau_core::DType::ALL {
        m.add(dtype.name(), dtype::dtype_object(py, dtype)?)?;
    }
    macro_rules! functions {
        ($($f:path),* $(,)?) => {$( m.add_function(wrap_pyfunction!($f, m)?)?; )*};
    }
    functions!(
        autocast::set_autocast,
        autograd::apply_function,
        autograd::backward,
        autograd::grad,
        autograd::is_anomaly_enabled,
        autograd::is_grad_enabled,
        autograd::is_inference_mode_enabled,
        autograd::pack_saved,
        autograd::set_grad_enabled,
        dlpack::from_dlpack,
        dlpack::to_dlpack,
        factory::arange,
        factory::bernoulli,
        factory::multinomial,
        factory::draw,
        factory::draw_over,
        factory::events,
        factory::full,
        factory::random_over,
        factory::tensor,
        factory::zeros,
        file::load,
        file::save,
        file::save_safetensors,
        function::registry,
        index::index_put,
        memory::from_numpy,
        memory::tensor_bytes,
        memory::tensor_from_bytes,
        memory::tensor_storage,
        module::chain,
        module::set_of_all_modules,
        optim::adam_group,
        optim::remove_grads,
        optim::sgd_group,
        overrides::activate_overrides,
        overrides::function_modes,
        overrides::overriding,
        overrides::pop_function_mode,
        overrides::push_function_mode,
        overrides::put_to_overrides,
        overrides::set_no_answer,
        overrides::silence_overrides,
        random::default_generator,
        random::manual_seed,
        random::set_thread_generator,
        settings::can_cast,
        settings::check_device,
        settings::get_default_dtype,
        settings::get_num_threads,
        settings::promote_types,
        settings::result_type,
        settings::set_default_dtype,
        settings::set_num_threads,
        settings::set_printoptions,
        stubs::signatures,
        tensor::set_size_class,
    );
    Ok(())
}
