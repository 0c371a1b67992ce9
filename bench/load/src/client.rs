//! One socket: connects, keeps the protocol alive, and counts what comes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures_util::SinkExt;
use memchr::memmem;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;
use yawc::{CompressionLevel, Frame, OpCode, Options, WebSocket};

use crate::dialect::{Dialect, Reaction};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::plan::Plan;
use crate::scan::{Found, scan};

/// So many handshakes at once, where not all are to come at once.
const HANDSHAKES: usize = 64;

/// Until a socket must be in.
const PATIENCE: Duration = Duration::from_secs(60);

/// The largest frame: what 4,000 people who join make of a list of everybody.
const MOST_BYTES: usize = 16 << 20;

/// What all sockets of a run have in common.
pub(crate) struct Crowd {
    pub(crate) plan: Plan,
    pub(crate) ledger: RefCell<Ledger>,
    /// Every message is settled.
    pub(crate) all_there: Notify,
    /// Something has come in.
    pub(crate) heard: Notify,
    /// Sockets may close now, and nobody sends any more.
    pub(crate) ending: Cell<bool>,
}

/// What a client does besides counting. Text that goes into `out` is sent.
pub(crate) trait Behaviour {
    /// One of its messages was acked.
    fn acked(&mut self, _out: &mut Vec<String>) {}
    /// A frame came.
    fn frame(&mut self, _frame: &[u8], _out: &mut Vec<String>) {}
}

/// Only listens.
pub(crate) struct Listener;

impl Behaviour for Listener {}

/// A socket that is in its room.
pub(crate) struct Client {
    out: UnboundedSender<String>,
    delivered: Rc<Cell<u64>>,
}

impl Client {
    /// Sends a text, soon.
    pub(crate) fn send(&self, text: String) {
        // Who cannot send has told the ledger why.
        let _ = self.out.send(text);
    }

    /// A way to send for somebody who does not hold the client.
    pub(crate) fn sender(&self) -> impl Fn(String) + use<> {
        let out = self.out.clone();
        move |text| drop(out.send(text))
    }

    /// How many messages it has got.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered.get()
    }
}

impl Crowd {
    pub(crate) fn new(plan: Plan) -> Rc<Self> {
        Rc::new(Self {
            plan,
            ledger: RefCell::new(Ledger::new()),
            all_there: Notify::new(),
            heard: Notify::new(),
            ending: Cell::new(false),
        })
    }

    /// Notes a message to so many receivers, and gives the frame for it.
    pub(crate) fn message(&self, receivers: usize) -> String {
        let number = self.ledger.borrow_mut().send(receivers);
        self.plan.dialect.message(number)
    }

    /// Puts clients into a room, and resolves when all of them are in.
    pub(crate) async fn enter(
        self: &Rc<Self>,
        room: &str,
        first_user: usize,
        behaviours: Vec<Box<dyn Behaviour>>,
        at_once: bool,
    ) -> Result<Vec<Client>, Fault> {
        let turns =
            Rc::new(Semaphore::new(if at_once { behaviours.len().max(1) } else { HANDSHAKES }));
        let mut joining = JoinSet::new();
        for (index, behaviour) in behaviours.into_iter().enumerate() {
            let (crowd, turns) = (Rc::clone(self), Rc::clone(&turns));
            let address = self.address(room, first_user + index, "");
            joining.spawn_local(async move {
                let _turn = turns.acquire().await;
                crowd.open(address, behaviour).await.map(|client| (index, client))
            });
        }
        let mut clients = Vec::new();
        while let Some(joined) = joining.join_next().await {
            clients.push(joined??);
        }
        // In the order in which they were asked for: the first ones are those who talk.
        clients.sort_by_key(|(index, _)| *index);
        Ok(clients.into_iter().map(|(_, client)| client).collect())
    }

    /// Wakes the server up with a room that nothing else happens in, so that what it needs once is not taken for the price of
    /// a connection.
    pub(crate) async fn scout(self: &Rc<Self>) -> Result<(), Fault> {
        self.open(self.address("scout", 0, ""), Box::new(Listener)).await?;
        self.quiet().await;
        Ok(())
    }

    /// How often a room has woken so far, by what the server has logged. That of the scout is none.
    pub(crate) fn wakes(&self) -> usize {
        let log = self.plan.log.as_ref().and_then(|path| std::fs::read(path).ok());
        let log = log.unwrap_or_default();
        let has = |line: &[u8], what: &str| memmem::find(line, what.as_bytes()).is_some();
        let wakes = log.split(|byte| *byte == b'\n').filter(|line| has(line, r#""wake""#));
        wakes.filter(|line| !has(line, "scout")).count()
    }

    /// Where a user finds a room's socket.
    pub(crate) fn address(&self, room: &str, user: usize, more: &str) -> String {
        let path = self.plan.socket.replace("{room}", room).replace("{user}", &format!("u{user}"));
        format!("ws://{}{path}{more}", self.plan.address)
    }

    /// Resolves when the room has let the socket in.
    pub(crate) async fn open(
        self: &Rc<Self>,
        address: String,
        behaviour: Box<dyn Behaviour>,
    ) -> Result<Client, Fault> {
        let socket = timeout(PATIENCE, self.connect(&address))
            .await
            .map_err(|_| format!("{address} took no socket."))??;
        let (out, inbox) = unbounded_channel();
        let delivered = Rc::new(Cell::new(0));
        let joined = Rc::new(Notify::new());
        let session = Session {
            crowd: Rc::clone(self),
            dialect: self.plan.dialect,
            behaviour,
            delivered: Rc::clone(&delivered),
            joined: Rc::clone(&joined),
        };
        tokio::task::spawn_local(session.run(socket, inbox));
        let entered = timeout(PATIENCE, joined.notified()).await;
        self.ledger.borrow().check()?;
        entered.map_err(|_| format!("{address} sent no welcome."))?;
        Ok(Client { out, delivered })
    }

    async fn connect(&self, address: &str) -> Result<WebSocket<TcpStream>, Fault> {
        let stream = TcpStream::connect(&self.plan.address).await?;
        stream.set_nodelay(true)?;
        let options = Options::default().with_limits(MOST_BYTES, MOST_BYTES);
        let options = if self.plan.compression {
            options.with_compression_level(CompressionLevel::fast()).with_client_max_window_bits(15)
        } else {
            options.without_compression()
        };
        Ok(WebSocket::handshake(address.parse()?, stream, options).await?)
    }
}

/// A socket's own task.
struct Session {
    crowd: Rc<Crowd>,
    dialect: Dialect,
    behaviour: Box<dyn Behaviour>,
    delivered: Rc<Cell<u64>>,
    joined: Rc<Notify>,
}

impl Session {
    async fn run(mut self, mut socket: WebSocket<TcpStream>, mut inbox: UnboundedReceiver<String>) {
        let mut out = Vec::new();
        let problem = loop {
            tokio::select! {
                frame = socket.next_frame() => match frame {
                    Ok(frame) if frame.opcode() == OpCode::Close => {
                        let reason = frame.close_reason().ok().flatten().unwrap_or_default().to_owned();
                        break format!("A socket was closed with {:?} {reason}.", frame.close_code());
                    }
                    Ok(frame) => self.read(frame.payload(), &mut out),
                    Err(fault) => break format!("A socket broke: {fault}."),
                },
                Some(text) = inbox.recv() => {
                    out.push(text);
                    while let Ok(text) = inbox.try_recv() {
                        out.push(text);
                    }
                }
            }
            if out.is_empty() {
                continue;
            }
            for text in out.drain(..) {
                if let Err(fault) = socket.feed(Frame::text(text)).await {
                    self.end(format!("A socket took no frame: {fault}."));
                }
            }
            if let Err(fault) = socket.flush().await {
                break format!("A socket took no frame: {fault}.");
            }
        };
        self.end(problem);
    }

    /// Nobody may go before the end.
    fn end(&self, problem: String) {
        if !self.crowd.ending.get() {
            self.crowd.ledger.borrow_mut().fail(problem);
            self.crowd.all_there.notify_one();
        }
        self.joined.notify_one();
    }

    fn read(&mut self, frame: &[u8], out: &mut Vec<String>) {
        match self.dialect.read(frame) {
            Reaction::Answer(text) => {
                out.push(text.to_owned());
                return;
            }
            Reaction::Joined => self.joined.notify_one(),
            Reaction::Refused => {
                let text = String::from_utf8_lossy(&frame[..frame.len().min(300)]).into_owned();
                self.end(format!("The server refused: {text}"));
            }
            Reaction::Count => {}
        }
        let crowd = Rc::clone(&self.crowd);
        let mut acks = 0;
        {
            let mut ledger = crowd.ledger.borrow_mut();
            let now = ledger.now();
            ledger.frame(frame.len());
            let own = self.dialect.ack(frame).map(Found::Ack);
            for found in own.into_iter().chain(scan(frame)) {
                match found {
                    Found::Ack(_) => acks += 1,
                    Found::Delivery(_) => self.delivered.set(self.delivered.get() + 1),
                }
                ledger.found(found, now, &crowd.all_there);
            }
        }
        for _ in 0..acks {
            self.behaviour.acked(out);
        }
        self.behaviour.frame(frame, out);
        crowd.heard.notify_one();
    }
}
