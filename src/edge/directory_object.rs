//! The second Durable Object: a shard of the directory.

use std::cell::{Cell, OnceCell};
use std::panic::AssertUnwindSafe;

use futures_util::future::join_all;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::bindings::Storage;
use super::database::ObjectDatabase;
use super::{analytics, directory, handoff, log, now, reply, settings, timer};
use crate::codes::ErrorCode;
use crate::directory::{Directory, Told};
use crate::json;
use crate::problem::Problem;
use crate::store::StoreError;

/// A shard's object.
#[durable_object(alarm)]
pub struct DirectoryObject {
    // Lets the object compile whether a panic aborts or unwinds.
    shell: AssertUnwindSafe<Shell>,
}

struct Shell {
    state: State,
    env: Env,
    directory: OnceCell<Directory<ObjectDatabase>>,
    /// Whether an alarm is known to be set.
    has_alarm: Cell<bool>,
}

impl DurableObject for DirectoryObject {
    fn new(state: State, env: Env) -> Self {
        let (directory, has_alarm) = (OnceCell::new(), Cell::new(false));
        Self { shell: AssertUnwindSafe(Shell { state, env, directory, has_alarm }) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let body = request.bytes().await?;
        let answer = self.shell.answer(&request.inner().url(), &body);
        answer.unwrap_or_else(|problem| {
            log::error("directory", self.shell.state.id().name().as_deref(), &problem.detail);
            reply::problem(&problem, None)
        })
    }

    async fn alarm(&self) -> Result<Response> {
        let swept = self.shell.sweep().await;
        swept.map_err(|problem| {
            // The runtime tries again.
            log::error("sweep", self.shell.state.id().name().as_deref(), &problem.detail);
            worker::Error::RustError(problem.detail)
        })?;
        reply::no_content()
    }
}

impl Shell {
    fn answer(&self, address: &str, body: &[u8]) -> std::result::Result<Result<Response>, Problem> {
        let directory = self.directory()?;
        match address {
            directory::TELL => {
                let told: Told = read(body)?;
                if directory.take(now(), &told).map_err(failed)? {
                    analytics::write(&self.env, &told);
                }
                self.set_alarm(directory)?;
                answer(&())
            }
            directory::REFUSED => {
                directory.refused(now(), read(body)?).map_err(failed)?;
                answer(&())
            }
            directory::ROOMS => answer(&directory.rooms(now(), &read(body)?).map_err(failed)?),
            directory::OVERVIEW => answer(&directory.overview(now()).map_err(failed)?),
            _ => Err(Problem::new(ErrorCode::NotFound, "No such errand.")),
        }
    }

    /// Removes what is long gone, and asks those who were silent for long how they are.
    async fn sweep(&self) -> std::result::Result<(), Problem> {
        let directory = self.directory()?;
        self.has_alarm.set(false);
        let silent = directory.sweep(now()).map_err(failed)?;
        let asked = join_all(silent.iter().map(|room| handoff::ask_to_report(&self.env, room)));
        for (room, reports) in silent.iter().zip(asked.await) {
            let outcome =
                if reports { directory.asked(now(), room) } else { directory.forget(room) };
            outcome.map_err(failed)?;
        }
        self.set_alarm(directory)
    }

    fn set_alarm(&self, directory: &Directory<ObjectDatabase>) -> std::result::Result<(), Problem> {
        if self.has_alarm.get() {
            // Rows that come later are due later.
            return Ok(());
        }
        if let Some(at) = directory.next_sweep(now()).map_err(failed)? {
            timer::settle("set-alarm", self.storage().set_alarm(at.as_millis() as f64));
            self.has_alarm.set(true);
        }
        Ok(())
    }

    fn directory(&self) -> std::result::Result<&Directory<ObjectDatabase>, Problem> {
        if let Some(directory) = self.directory.get() {
            return Ok(directory);
        }
        let config = settings::config(&self.env)?;
        let database = ObjectDatabase::new(self.storage());
        let directory = Directory::open(database, &config.limits).map_err(failed)?;
        let directory = self.directory.get_or_init(|| directory);
        // An alarm may have been lost with the process that was to set it.
        self.set_alarm(directory)?;
        Ok(directory)
    }

    fn storage(&self) -> Storage {
        AsRef::<JsValue>::as_ref(self.state.storage().as_raw()).clone().unchecked_into()
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> std::result::Result<T, Problem> {
    json::read(body).map_err(|fault| Problem::new(ErrorCode::InvalidJson, fault.to_string()))
}

fn answer(value: &impl Serialize) -> std::result::Result<Result<Response>, Problem> {
    Ok(reply::json(value))
}

fn failed(fault: StoreError) -> Problem {
    Problem::new(ErrorCode::StorageFailed, fault.to_string())
}
