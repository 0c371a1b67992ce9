//! The environment as [`Config`], read once per isolate: it cannot change while one lives.

use std::cell::OnceCell;
use std::rc::Rc;

use js_sys::{JSON, Reflect};
use wasm_bindgen::JsValue;
use worker::Env;

use super::log;
use crate::codes::ErrorCode;
use crate::config::{Config, ConfigError};
use crate::problem::Problem;

thread_local! {
    static CONFIG: OnceCell<Result<Rc<Config>, ConfigError>> = const { OnceCell::new() };
}

/// The configuration.
///
/// # Errors
/// `misconfigured`. The log gets every fault, once; so does the answer, since no value of a secret is in it.
pub(super) fn config(env: &Env) -> Result<Rc<Config>, Problem> {
    CONFIG.with(|cell| {
        let config = cell.get_or_init(|| {
            let parsed = Config::parse(|name| variable(env, name));
            let parsed = parsed.and_then(|config| config.compressing(sockets_can_compress()));
            let parsed = parsed.map(Rc::new);
            match &parsed {
                Ok(config) => {
                    for skipped in config.tokens.skipped_keys() {
                        log::note(config.log_level, "JWT_PUBLIC_KEYS", skipped);
                    }
                }
                Err(faults) => log::error("bad-configuration", None, &faults.to_string()),
            }
            parsed
        });
        config.clone().map_err(|faults| {
            Problem::new(ErrorCode::Misconfigured, format!("Bad configuration: {faults}."))
        })
    })
}

/// Whether the runtime compresses what sockets send to clients that offer it, unless told not to.
pub(super) fn sockets_can_compress() -> bool {
    let within = |object: JsValue, name: &str| Reflect::get(&object, &name.into()).ok();
    let flags = within(js_sys::global().into(), "Cloudflare")
        .and_then(|cloudflare| within(cloudflare, "compatibilityFlags"));
    let flag = flags.and_then(|flags| within(flags, "web_socket_compression"));
    flag.is_some_and(|flag| flag.is_truthy())
}

fn variable(env: &Env, name: &str) -> Option<String> {
    let env: &JsValue = env.as_ref();
    let value = Reflect::get(env, &name.into()).ok()?;
    if value.is_undefined() || value.is_null() {
        return None;
    }
    // Tables of wrangler.toml arrive as objects.
    value.as_string().or_else(|| JSON::stringify(&value).ok().map(String::from))
}
