//! Pages out of a long history, and one who comes back after missing a part of it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

use crate::client::{Behaviour, Client, Crowd};
use crate::fault::Fault;
use crate::histogram::Latencies;
use crate::report::Report;
use crate::scan::{count_messages, scan, text_after};
use crate::window::{Cost, Meter};

const ROOM: &str = "room-0";
const PAGE: u64 = 50;
/// On the way at once while the room is filled.
const FILLING: u64 = 500;
const PATIENCE: Duration = Duration::from_secs(120);

/// Fills the room.
struct Filler {
    crowd: Rc<Crowd>,
    left: u64,
}

impl Behaviour for Filler {
    fn acked(&mut self, out: &mut Vec<String>) {
        if self.left > 0 {
            self.left -= 1;
            out.push(self.crowd.message(1));
        }
    }
}

/// Reads pages, and how the history is called.
#[derive(Default)]
struct Desk {
    page: Cell<Option<usize>>,
    came: Notify,
    epoch: RefCell<Option<String>>,
}

struct Reader(Rc<Desk>);

impl Behaviour for Reader {
    fn frame(&mut self, frame: &[u8], _out: &mut Vec<String>) {
        if let Some(epoch) = text_after(frame, br#""epoch":""#) {
            *self.0.epoch.borrow_mut() = Some(epoch.to_owned());
        }
        if text_after(frame, br#""type":""#) == Some("history") {
            self.0.page.set(Some(count_messages(frame)));
            self.0.came.notify_one();
        }
    }
}

/// Counts what it has missed.
struct Returning {
    left: Rc<Cell<i64>>,
    caught_up: Rc<Notify>,
}

impl Behaviour for Returning {
    fn frame(&mut self, frame: &[u8], _out: &mut Vec<String>) {
        self.left.set(self.left.get() - i64::try_from(scan(frame).count()).unwrap_or(i64::MAX));
        if self.left.get() <= 0 {
            self.caught_up.notify_one();
        }
    }
}

pub(super) async fn run(
    crowd: &Rc<Crowd>,
    meter: &Meter,
    entries: u64,
    pages: usize,
    missed: u64,
) -> Result<Report, Fault> {
    fill(crowd, entries).await?;
    let desk = Rc::new(Desk::default());
    let reader = crowd.open(crowd.address(ROOM, 1, ""), Box::new(Reader(Rc::clone(&desk)))).await?;
    crowd.quiet().await;

    let begin = meter.begin();
    let mut report = Report::new(crowd, meter.since(&begin));
    for (name, before) in [("Latest", entries + 1), ("Middle", entries / 2), ("Earliest", PAGE + 1)]
    {
        let (latencies, cpu_ms) = read_pages(&desk, &reader, meter, before, pages).await?;
        report = report
            .with(&format!("page{name}P50Ms"), latencies.ms(0.5))
            .with(&format!("page{name}P99Ms"), latencies.ms(0.99))
            .with(&format!("page{name}CpuMs"), cpu_ms);
    }
    let epoch =
        desk.epoch.borrow().clone().ok_or("The room did not say how its history is called.")?;
    let (took_ms, cost) = come_back(crowd, meter, &epoch, entries, missed).await?;
    report = report
        .with("resumeMs", took_ms)
        .with("resumeCpuMs", cost.server_cpu_ns as f64 / 1e6)
        .with("entries", entries as f64)
        .with("missed", missed as f64);
    report.seconds = cost.seconds;
    report.generator = Some(cost.own);
    // Only what was refused: whoever comes back gets messages a second time, and rightly so.
    crowd.ledger.borrow().check()?;
    Ok(report)
}

async fn fill(crowd: &Rc<Crowd>, entries: u64) -> Result<(), Fault> {
    let first = FILLING.min(entries);
    let filler = Filler { crowd: Rc::clone(crowd), left: entries - first };
    let filler = crowd.open(crowd.address(ROOM, 0, ""), Box::new(filler)).await?;
    for _ in 0..first {
        filler.send(crowd.message(1));
    }
    let full = async {
        while !crowd.ledger.borrow().settled() && crowd.ledger.borrow().check().is_ok() {
            crowd.all_there.notified().await;
        }
    };
    timeout(PATIENCE, full).await.map_err(|_| "The room was not filled in time.")?;
    crowd.ledger.borrow().check()?;
    crowd.ending.set(true);
    drop(filler);
    Ok(())
}

/// The same page again and again, which is the same for the server as different ones: it keeps none.
async fn read_pages(
    desk: &Desk,
    reader: &Client,
    meter: &Meter,
    before: u64,
    pages: usize,
) -> Result<(Latencies, f64), Fault> {
    let mut latencies = Latencies::new();
    let begin = meter.begin();
    for _ in 0..pages {
        let asked = std::time::Instant::now();
        reader.send(format!(r#"{{"type":"history","before":{before},"limit":{PAGE}}}"#));
        timeout(PATIENCE, desk.came.notified()).await.map_err(|_| "No page came.")?;
        latencies.record(u64::try_from(asked.elapsed().as_nanos()).unwrap_or(u64::MAX));
        let got = desk.page.take().unwrap_or_default();
        if got as u64 != PAGE.min(before - 1) {
            return Err(format!("A page before {before} had {got} messages.").into());
        }
    }
    let cost = meter.since(&begin);
    Ok((latencies, cost.server_cpu_ns as f64 / 1e6 / pages as f64))
}

async fn come_back(
    crowd: &Rc<Crowd>,
    meter: &Meter,
    epoch: &str,
    entries: u64,
    missed: u64,
) -> Result<(f64, Cost), Fault> {
    let left = Rc::new(Cell::new(i64::try_from(missed)?));
    let caught_up = Rc::new(Notify::new());
    let returning = Returning { left: Rc::clone(&left), caught_up: Rc::clone(&caught_up) };
    let begin = meter.begin();
    let asked = std::time::Instant::now();
    let address = crowd.address(ROOM, 2, &format!("&since={epoch}:{}", entries - missed));
    let _client = crowd.open(address, Box::new(returning)).await?;
    timeout(PATIENCE, caught_up.notified())
        .await
        .map_err(|_| format!("{} entries never came.", left.get()))?;
    let took_ms = asked.elapsed().as_secs_f64() * 1e3;
    let cost = meter.since(&begin);
    crowd.quiet().await;
    if left.get() != 0 {
        return Err(format!("{} entries came too many.", -left.get()).into());
    }
    Ok((took_ms, cost))
}
