//! What can go wrong, as a text for whoever reads the report.

use std::fmt;

/// Ends the run.
#[derive(Debug)]
pub(crate) struct Fault(String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// No `impl Error`, so that `?` takes whatever is one.
impl<T: fmt::Display> From<T> for Fault
where
    T: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn from(cause: T) -> Self {
        Self(cause.to_string())
    }
}
