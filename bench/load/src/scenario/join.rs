//! All come at once, and each of them is to learn who is here.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

use crate::client::{Behaviour, Crowd};
use crate::fault::Fault;
use crate::histogram::Latencies;
use crate::report::Report;
use crate::scan::users;
use crate::window::Meter;

/// Until everybody knows of everybody.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is known of all of them.
struct Tally {
    members: usize,
    /// Who does not know of everybody yet.
    left: Cell<usize>,
    all_know: Notify,
    times: RefCell<Latencies>,
}

/// Reads how many are here.
struct Newcomer {
    crowd: Rc<Crowd>,
    tally: Rc<Tally>,
    knows: bool,
}

impl Behaviour for Newcomer {
    fn frame(&mut self, frame: &[u8], _out: &mut Vec<String>) {
        if self.knows || users(frame) < self.tally.members {
            return;
        }
        self.knows = true;
        self.tally.times.borrow_mut().record(self.crowd.ledger.borrow().now());
        self.tally.left.set(self.tally.left.get() - 1);
        if self.tally.left.get() == 0 {
            self.tally.all_know.notify_one();
        }
    }
}

pub(super) async fn run(crowd: &Rc<Crowd>, meter: &Meter, members: usize) -> Result<Report, Fault> {
    let tally = Rc::new(Tally {
        members,
        left: Cell::new(members),
        all_know: Notify::new(),
        times: RefCell::new(Latencies::new()),
    });
    let newcomer = || Newcomer { crowd: Rc::clone(crowd), tally: Rc::clone(&tally), knows: false };
    let newcomers = (0..members).map(|_| Box::new(newcomer()) as Box<dyn Behaviour>).collect();

    crowd.ledger.borrow_mut().open_window(true);
    let began_ns = crowd.ledger.borrow().now();
    let begin = meter.begin();
    let _members = crowd.enter("room-0", 0, newcomers, true).await?;
    let entered_ns = crowd.ledger.borrow().now() - began_ns;
    if timeout(PATIENCE, tally.all_know.notified()).await.is_err() {
        let problem = format!("{} of {members} never learned of everybody.", tally.left.get());
        crowd.ledger.borrow_mut().fail(problem);
    }
    let known_ns = crowd.ledger.borrow().now() - began_ns;
    // What still comes has its price, too: lists that were on the way.
    crowd.gathered().await;
    let cost = meter.since(&begin);
    crowd.ending.set(true);
    crowd.ledger.borrow_mut().open_window(false);
    let each = tally.times.borrow().quantiles();
    let report = Report::new(crowd, cost)
        .with("enteredMs", entered_ns as f64 / 1e6)
        .with("knownMs", known_ns as f64 / 1e6);
    Ok(Report { each, ..report })
}
