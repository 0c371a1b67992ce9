//! The HTTP API: which routes there are, and what each of them is asked.
//!
//! [`table`] lists every route once. The edge finds what to do in it, and the description of the API is made from it, so
//! neither can have a route that the other lacks.

pub mod call;
#[cfg(not(target_arch = "wasm32"))]
pub mod document;
pub mod table;

pub use call::Call;
pub use table::{DeploymentOperation, Method, RoomOperation, Route};

use serde::Serialize;

use crate::codes::ErrorCode;
use crate::problem::Problem;

/// That the server is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
pub struct Health {
    /// `ok`
    status: &'static str,
    /// The server's version.
    version: &'static str,
}

impl Health {
    /// All is well.
    pub const OK: Self = Self { status: "ok", version: env!("CARGO_PKG_VERSION") };
}

/// A request that is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub problem: Problem,
    /// The methods that the address has, if the one asked for is not among them.
    pub allow: Option<String>,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problem, allow: None }
    }
}

impl Refused {
    fn not_found(detail: &str) -> Self {
        Problem::new(ErrorCode::NotFound, detail).into()
    }

    fn method_not_allowed(methods: &[Method]) -> Self {
        let methods: Vec<_> = methods.iter().map(|method| method.as_str()).collect();
        let methods = methods.join(", ");
        let detail = format!("This address has {methods} only.");
        let problem = Problem::new(ErrorCode::MethodNotAllowed, detail);
        Self { problem, allow: Some(methods) }
    }
}
