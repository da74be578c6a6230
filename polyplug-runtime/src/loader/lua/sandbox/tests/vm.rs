//! A VM to try scripts in.

use std::{path::Path, sync::Arc, time::Duration};

use mlua::{Function, Lua, ffi};

use crate::loader::lua::{
    VmOptions,
    sandbox::{LimitHit, Limits, open, shared},
};

pub(super) struct Vm {
    pub(super) lua: Lua,
    pub(super) limits: Arc<Limits>,
}

/// What came of a script.
#[derive(Debug)]
pub(super) struct Outcome {
    /// `tostring` of what the script returned or raised.
    pub(super) value: Result<String, String>,
    pub(super) hit: Option<LimitHit>,
}

impl Vm {
    pub(super) fn new(options: &VmOptions) -> Self {
        Self::with_root(options, None)
    }

    pub(super) fn with_root(options: &VmOptions, root: Option<&Path>) -> Self {
        let lua = open(options, root, "tried").unwrap();
        let limits = Arc::clone(&shared(&lua).unwrap().limits);
        Self { lua, limits }
    }

    /// Without any limit.
    pub(super) fn free() -> Self {
        Self::new(&VmOptions::default())
    }

    /// With 50 ms for each script.
    pub(super) fn timed() -> Self {
        Self::new(&VmOptions {
            time_limit: Some(Duration::from_millis(50)),
            ..VmOptions::default()
        })
    }

    /// With the functions of a time limit, and time enough.
    pub(super) fn patient() -> Self {
        let time_limit = Some(Duration::from_secs(600));
        Self::new(&VmOptions { time_limit, ..VmOptions::default() })
    }

    /// With 8 MiB.
    pub(super) fn small() -> Self {
        Self::new(&VmOptions { memory_limit: Some(8 << 20), ..VmOptions::default() })
    }

    /// Runs `script` as plugin code.
    pub(super) fn run(&self, script: &str) -> Outcome {
        let function = self.lua.load(script).set_name("=script").into_function().unwrap();
        let to_string = self.lua.globals().get::<Function>("tostring").unwrap();
        let mut failed = false;
        let mut hit = None;
        // SAFETY: the function stands on top, and one result takes its place.
        let value = unsafe {
            self.lua.exec_raw::<mlua::Value>(function, |state| {
                let call = self.limits.enter().unwrap();
                failed = ffi::lua_pcall(state, 0, 1, 0) != ffi::LUA_OK;
                hit = call.leave();
            })
        };
        let text = to_string.call::<mlua::LuaString>(value.unwrap()).unwrap().to_string_lossy();
        Outcome { value: if failed { Err(text) } else { Ok(text) }, hit }
    }

    /// Runs a script that has to return.
    pub(super) fn value(&self, script: &str) -> String {
        let outcome = self.run(script);
        assert_eq!(outcome.hit, None, "{script}");
        outcome.value.unwrap_or_else(|error| panic!("{script}\n{error}"))
    }

    /// Runs a script that has to raise.
    pub(super) fn error(&self, script: &str) -> String {
        match self.run(script).value {
            Ok(value) => panic!("{script}\nreturned {value}"),
            Err(error) => error,
        }
    }
}
