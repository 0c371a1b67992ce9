//! Who was sent what, and who has got it.

use std::time::Instant;

use tokio::sync::Notify;

use crate::fault::Fault;
use crate::histogram::Latencies;
use crate::scan::Found;

/// A message on its way.
struct Message {
    sent_ns: u64,
    receivers: u32,
    /// Who has not got it yet.
    left: u32,
    acked: bool,
    /// Sent while the window was open: its times count.
    counted: bool,
}

/// All messages of a run.
pub(crate) struct Ledger {
    start: Instant,
    messages: Vec<Message>,
    window: bool,
    outstanding: usize,
    problem: Option<String>,
    pub(crate) totals: Totals,
    pub(crate) times: Times,
}

/// What was counted. `in_window` is what rates and costs are made of.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Totals {
    pub(crate) expected: u64,
    pub(crate) delivered: u64,
    /// Delivered beyond what was expected of a message.
    pub(crate) surplus: u64,
    pub(crate) in_window: Rates,
}

/// What happened in the window.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Rates {
    pub(crate) messages: u64,
    pub(crate) deliveries: u64,
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
}

/// Times since a message was sent.
pub(crate) struct Times {
    pub(crate) first: Latencies,
    pub(crate) each: Latencies,
    pub(crate) last: Latencies,
    pub(crate) ack: Latencies,
}

impl Ledger {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            messages: Vec::new(),
            window: false,
            outstanding: 0,
            problem: None,
            totals: Totals::default(),
            times: Times {
                first: Latencies::new(),
                each: Latencies::new(),
                last: Latencies::new(),
                ack: Latencies::new(),
            },
        }
    }

    /// Notes a message to so many receivers that goes out now, and gives its number.
    pub(crate) fn send(&mut self, receivers: usize) -> u32 {
        let receivers = u32::try_from(receivers).unwrap_or(u32::MAX);
        let number = u32::try_from(self.messages.len()).unwrap_or(u32::MAX);
        self.messages.push(Message {
            sent_ns: self.now(),
            receivers,
            left: receivers,
            acked: false,
            counted: self.window,
        });
        self.outstanding += 1;
        self.totals.expected += u64::from(receivers);
        number
    }

    /// Notes what was found in a frame that came at a time.
    pub(crate) fn found(&mut self, found: Found, now: u64, all_there: &Notify) {
        let (Found::Delivery(number) | Found::Ack(number)) = found;
        let Some(message) = self.messages.get_mut(number as usize) else {
            self.fail(format!("Message {number} came, and was never sent."));
            return;
        };
        let took = now.saturating_sub(message.sent_ns);
        match found {
            Found::Ack(_) if message.acked => {
                self.fail(format!("Message {number} was acked twice."));
                return;
            }
            Found::Ack(_) => {
                message.acked = true;
                self.totals.in_window.messages += u64::from(self.window);
                if message.counted {
                    self.times.ack.record(took);
                }
            }
            Found::Delivery(_) => {
                self.totals.delivered += 1;
                self.totals.in_window.deliveries += u64::from(self.window);
                if message.left == 0 {
                    self.totals.surplus += 1;
                    return;
                }
                message.left -= 1;
                if message.counted {
                    self.times.each.record(took);
                    if message.left + 1 == message.receivers {
                        self.times.first.record(took);
                    }
                    if message.left == 0 {
                        self.times.last.record(took);
                    }
                }
            }
        }
        if message.left == 0 && message.acked {
            self.outstanding -= 1;
            if self.outstanding == 0 {
                all_there.notify_one();
            }
        }
    }

    /// Notes a frame, whatever is in it.
    pub(crate) fn frame(&mut self, bytes: usize) {
        self.totals.in_window.frames += u64::from(self.window);
        self.totals.in_window.bytes += if self.window { bytes as u64 } else { 0 };
    }

    /// Nanoseconds since the beginning.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Whether what happens counts from now on.
    pub(crate) fn open_window(&mut self, open: bool) {
        self.window = open;
    }

    /// Whether every message has reached everybody and was acked.
    pub(crate) fn settled(&self) -> bool {
        self.outstanding == 0
    }

    /// The first thing that went wrong is the one that is told.
    pub(crate) fn fail(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }

    /// What is wrong with the run.
    pub(crate) fn problem(&self) -> Option<String> {
        let Totals { expected, delivered, surplus, .. } = self.totals;
        let counts = || {
            let lost = expected - (delivered - surplus);
            let unacked = self.messages.iter().filter(|message| !message.acked).count();
            (lost > 0 || surplus > 0 || unacked > 0).then(|| {
                format!(
                    "{} of {expected} deliveries came, {surplus} came besides, {unacked} of {} messages were not acked.",
                    delivered - surplus,
                    self.messages.len()
                )
            })
        };
        self.problem.clone().or_else(counts)
    }
}

/// Fails if something went wrong already.
impl Ledger {
    pub(crate) fn check(&self) -> Result<(), Fault> {
        match &self.problem {
            Some(problem) => Err(problem.clone().into()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem_after(found: &[Found]) -> Option<String> {
        let mut ledger = Ledger::new();
        ledger.send(2);
        for one in found {
            ledger.found(*one, 1, &Notify::new());
        }
        ledger.problem()
    }

    const DELIVERY: Found = Found::Delivery(0);
    const ACK: Found = Found::Ack(0);

    #[test]
    fn nothing_is_wrong_when_everybody_got_it_and_the_sender_was_told() {
        assert_eq!(problem_after(&[ACK, DELIVERY, DELIVERY]), None);
    }

    #[test]
    fn a_delivery_too_few_is_told_and_so_are_one_too_many_and_a_missing_ack() {
        for found in
            [&[ACK, DELIVERY][..], &[ACK, DELIVERY, DELIVERY, DELIVERY], &[DELIVERY, DELIVERY]]
        {
            assert!(problem_after(found).is_some(), "{found:?}");
        }
    }

    #[test]
    fn what_was_never_sent_and_a_second_ack_are_told() {
        assert!(problem_after(&[ACK, DELIVERY, DELIVERY, Found::Delivery(1)]).is_some());
        assert!(problem_after(&[ACK, DELIVERY, DELIVERY, ACK]).is_some());
    }
}
