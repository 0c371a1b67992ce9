//! HTTP on a connection that stays open.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::fault::Fault;
use crate::plan::Plan;

/// One connection, which asks one thing after another.
pub(crate) struct Caller {
    sender: SendRequest<Full<Bytes>>,
    address: String,
    path: String,
    authorization: Option<String>,
}

impl Caller {
    pub(crate) async fn connect(plan: &Plan, room: &str) -> Result<Self, Fault> {
        let stream = TcpStream::connect(&plan.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // How it ends, its next request says.
        tokio::task::spawn_local(async move { drop(connection.await) });
        Ok(Self {
            sender,
            address: plan.address.clone(),
            path: plan.http.replace("{room}", room),
            authorization: plan.authorization.clone(),
        })
    }

    /// Resolves when it is answered.
    ///
    /// # Errors
    /// If the answer is anything but yes.
    pub(crate) async fn post(&mut self, body: String) -> Result<(), Fault> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(&self.path)
            .header(HOST, &self.address)
            .header(CONTENT_TYPE, "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let answer = self.sender.send_request(request.body(Full::from(body))?).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if status.is_success() {
            return Ok(());
        }
        Err(format!("POST {} was answered {status}: {}", self.path, String::from_utf8_lossy(&body))
            .into())
    }
}
