//! The directory as the Worker and the rooms reach it: reports in, pages out, refusals of the edge now and then.
//!
//! The binding is optional: without it nobody reports, and the pages are not enabled.

use std::cell::RefCell;
use std::time::Duration;

use futures_util::future::try_join_all;
use serde::de::DeserializeOwned;
use worker::{Context, Delay, Env, Response, Result, Stub};

use super::address::Address;
use super::draft::Draft;
use super::{log, now, reply};
use crate::codes::ErrorCode;
use crate::config::Config;
use crate::directory::{
    DirectoryPage, Overview, Refusals, RoomsPage, RoomsRequest, Told, shard_of,
};
use crate::json;
use crate::metrics::{Rejects, prometheus};
use crate::problem::Problem;
use crate::room::wire::encode;

/// The requests that a shard knows. It is reachable through its binding alone.
pub(super) const TELL: &str = "https://directory/tell";
pub(super) const REFUSED: &str = "https://directory/refused";
pub(super) const ROOMS: &str = "https://directory/rooms";
pub(super) const OVERVIEW: &str = "https://directory/overview";

const BINDING: &str = "DIRECTORY";

thread_local! {
    static REFUSALS: RefCell<Refusals> = RefCell::default();
}

/// Whether the deployment has a directory.
pub(super) fn is_bound(env: &Env) -> bool {
    env.durable_object(BINDING).is_ok()
}

/// Gives a report to the room's shard. Says whether it was taken for certain.
pub(super) async fn tell(env: &Env, config: &Config, told: &Told) -> bool {
    let shard = shard_of(&told.room, config.directory_shards);
    let outcome = ask(env, shard, TELL, &encode(told)).await;
    outcome.map_err(|error| unreachable_directory(Some(&told.room), &error)).is_ok()
}

/// Counts a refusal of the edge. Goes on after the answer, if it is for this one to tell the directory.
pub(super) fn count_refusal(env: &Env, context: &Context, code: ErrorCode) {
    let wait_ms = REFUSALS.with_borrow_mut(|refusals| refusals.count(now(), code));
    let Some(wait_ms) = wait_ms.filter(|_| is_bound(env)) else { return };
    let env = env.clone();
    context.wait_until(async move {
        Delay::from(Duration::from_millis(wait_ms)).await;
        let rejects: Rejects = REFUSALS.with_borrow_mut(|refusals| refusals.take(now()));
        if let Err(error) = ask(&env, 0, REFUSED, &encode(&rejects)).await {
            unreachable_directory(None, &error);
            REFUSALS.with_borrow_mut(|refusals| refusals.give_back(rejects));
        }
    });
}

/// Answers what is asked of the whole deployment. All shards answer, or none does.
///
/// # Errors
/// `not-enabled`, `invalid-frame`, `directory-unavailable`.
pub(super) async fn answer(
    env: &Env,
    config: &Config,
    page: DirectoryPage,
    url: &Address,
) -> std::result::Result<Response, Problem> {
    if !is_bound(env) {
        let detail = "This deployment has no directory: bind DIRECTORY in wrangler.toml.";
        return Err(Problem::new(ErrorCode::NotEnabled, detail));
    }
    let response = match page {
        DirectoryPage::Rooms => {
            let request = RoomsRequest::parse(url.parameters())?;
            let pages: Vec<RoomsPage> = ask_all(env, config, ROOMS, &encode(&request)).await?;
            reply::json_text(request.merge(pages))
        }
        DirectoryPage::Stats => {
            let overviews: Vec<Overview> = ask_all(env, config, OVERVIEW, "").await?;
            reply::json_text(Overview::merge(overviews).stats(now()))
        }
        DirectoryPage::Metrics => {
            let overviews: Vec<Overview> = ask_all(env, config, OVERVIEW, "").await?;
            let text = prometheus::text(&Overview::merge(overviews));
            reply::text(prometheus::CONTENT_TYPE, text)
        }
    };
    response.map_err(|error| Problem::new(ErrorCode::Internal, error.to_string()))
}

async fn ask_all<T: DeserializeOwned>(
    env: &Env,
    config: &Config,
    address: &str,
    question: &str,
) -> std::result::Result<Vec<T>, Problem> {
    let shards = 0..config.directory_shards;
    let answers = try_join_all(shards.map(|shard| ask(env, shard, address, question))).await;
    let read = |answer: String| Ok(json::read(&answer)?);
    let answers = answers.and_then(|answers| answers.into_iter().map(read).collect());
    answers.map_err(|error| {
        unreachable_directory(None, &error);
        let detail = "The directory could not be asked, or a part of it. Try again.";
        Problem::new(ErrorCode::DirectoryUnavailable, detail)
    })
}

/// Asks one shard. It answers JSON, or fails.
async fn ask(env: &Env, shard: u32, address: &str, question: &str) -> Result<String> {
    let request = Draft::post(&question.into()).to(address)?;
    let mut answer = stub(env, shard)?.fetch_with_request(request).await?;
    let text = answer.text().await?;
    match answer.status_code() {
        200 => Ok(text),
        status => Err(worker::Error::RustError(format!("shard {shard}: {status} {text}"))),
    }
}

fn stub(env: &Env, shard: u32) -> Result<Stub> {
    env.durable_object(BINDING)?.get_by_name(&format!("shard-{shard}"))
}

fn unreachable_directory(room: Option<&str>, error: &worker::Error) {
    log::error_at_times("directory", room, &error.to_string());
}
