"""Whether operations are recorded for gradients."""

from . import _C

__all__ = ["no_grad", "enable_grad", "set_grad_enabled", "inference_mode", "is_grad_enabled", "is_inference_mode_enabled"]

is_grad_enabled = _C.is_grad_enabled
is_inference_mode_enabled = _C.is_inference_mode_enabled


class _Decorator:
    """A context manager that also decorates functions, and generators: their steps then run in it."""

    def _copy(self):
        return type(self)()

    def __call__(self, function):
        import functools  # only decorators need these, and they take long to import
        import inspect

        if inspect.isclass(function):
            raise TypeError(f"{type(self).__name__} decorates functions, not classes; decorate the methods")
        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def generator(*args, **kwargs):
                with self._copy():
                    steps = function(*args, **kwargs)
                    try:
                        value = next(steps)
                    except StopIteration as e:
                        return e.value
                while True:
                    try:
                        sent = yield value
                    except GeneratorExit:
                        steps.close()
                        raise
                    except BaseException as e:
                        advance = functools.partial(steps.throw, e)
                    else:
                        advance = functools.partial(steps.send, sent)
                    with self._copy():
                        try:
                            value = advance()
                        except StopIteration as e:
                            return e.value

            return generator

        @functools.wraps(function)
        def wrapped(*args, **kwargs):
            with self._copy():
                return function(*args, **kwargs)

        return wrapped


class no_grad(_Decorator):
    """Nothing is recorded inside."""

    _on = False

    def __new__(cls, function=None):
        self = super().__new__(cls)
        return self if function is None else self(function)

    def __init__(self, function=None):
        self._before = []

    def __enter__(self):
        self._before.append(_C.set_grad_enabled(self._on))

    def __exit__(self, *_):
        _C.set_grad_enabled(self._before.pop())


class enable_grad(no_grad):
    """Everything is recorded inside."""

    _on = True


class set_grad_enabled(_Decorator):
    """Recording on or off from now on, or inside a `with`."""

    def __init__(self, mode):
        self._mode = bool(mode)
        self._before = _C.set_grad_enabled(self._mode)

    def _copy(self):
        return set_grad_enabled(self._mode)

    def __call__(self, function):
        _C.set_grad_enabled(self._before)
        return super().__call__(function)

    def __enter__(self):
        _C.set_grad_enabled(self._mode)

    def __exit__(self, *_):
        _C.set_grad_enabled(self._before)

    def __repr__(self):
        return f"set_grad_enabled(mode={self._mode})"


class set_multithreading_enabled(_Decorator):
    """Whether backward may use several threads for devices, from now on or inside a `with`. There is one device, whose kernels
    have their threads either way."""

    _enabled = True

    def __init__(self, mode):
        if not isinstance(mode, bool):
            raise TypeError(f"set_multithreading_enabled(): argument 'enabled' (position 1) must be bool, not {type(mode).__name__}")
        self.mode, self.prev = mode, set_multithreading_enabled._enabled
        set_multithreading_enabled._enabled = mode

    def _copy(self):
        return set_multithreading_enabled(self.mode)

    clone = _copy

    def __enter__(self):
        pass

    def __exit__(self, *_):
        set_multithreading_enabled._enabled = self.prev


class inference_mode(_Decorator):
    """Nothing is recorded inside, and what is made there never takes part in autograd."""

    def __new__(cls, mode=True):
        self = super().__new__(cls)
        if callable(mode):
            self.__init__()
            return self(mode)
        return self

    def __init__(self, mode=True):
        self._wanted = bool(mode)
        self._modes = []

    def _copy(self):
        return inference_mode(self._wanted)

    def __enter__(self):
        mode = _C.Mode("inference" if self._wanted else "enable_grad")
        mode.enter()
        self._modes.append(mode)

    def __exit__(self, *_):
        self._modes.pop().exit()
