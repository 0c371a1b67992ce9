//! What a process costs, as Linux counts it.

use std::fs;

use crate::fault::Fault;

/// Processes that belong together: a server and what it has started.
#[derive(Debug, Clone)]
pub(crate) struct Processes(Vec<u32>);

impl Processes {
    /// This one.
    pub(crate) fn own() -> Self {
        Self(vec![std::process::id()])
    }

    /// The one that listens at a port of this machine, with its children.
    pub(crate) fn listening_at(address: &str) -> Result<Self, Fault> {
        let port: u16 = address.rsplit(':').next().unwrap_or_default().parse()?;
        let inode = listener(port)?.ok_or_else(|| format!("Nobody listens at {address}."))?;
        let socket = format!("socket:[{inode}]");
        let mut pids: Vec<u32> = all().filter(|pid| holds(*pid, &socket)).collect();
        let mut next = 0;
        while let Some(pid) = pids.get(next) {
            let children =
                fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
            for child in children.split_whitespace().filter_map(|pid| pid.parse().ok()) {
                if !pids.contains(&child) {
                    pids.push(child);
                }
            }
            next += 1;
        }
        if pids.is_empty() {
            return Err(
                format!("The process that listens at {address} is not ours to look at.").into()
            );
        }
        Ok(Self(pids))
    }

    /// Nanoseconds of CPU time so far, of all threads that there are.
    pub(crate) fn cpu_ns(&self) -> u64 {
        self.0.iter().map(|pid| scheduled_ns(*pid).unwrap_or_else(|| ticked_ns(*pid))).sum()
    }

    /// Resident memory, in bytes.
    pub(crate) fn resident(&self) -> u64 {
        let kilobytes = |pid: &u32| {
            let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
            let line = text.lines().find_map(|line| line.strip_prefix("Rss:"))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        self.0.iter().filter_map(kilobytes).sum::<u64>() * 1024
    }
}

/// The inode of the socket that listens at a port. Lines have the local address in the second column, as hexadecimal, and
/// state 0A is listening.
fn listener(port: u16) -> Result<Option<String>, Fault> {
    let suffix = format!(":{port:04X}");
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"]
        .map(|path| fs::read_to_string(path).unwrap_or_default());
    let found = tables.iter().flat_map(|table| table.lines()).find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let listens = columns.get(1)?.ends_with(&suffix) && *columns.get(3)? == "0A";
        listens.then(|| columns.get(9).map(|inode| (*inode).to_owned()))?
    });
    Ok(found)
}

fn all() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn holds(pid: u32, socket: &str) -> bool {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    descriptors
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .any(|target| target.as_os_str() == socket)
}

/// To the nanosecond, where the kernel keeps it.
fn scheduled_ns(pid: u32) -> Option<u64> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let mut sum = 0;
    for thread in threads.flatten() {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        sum += text.split_whitespace().next()?.parse::<u64>().ok()?;
    }
    Some(sum)
}

/// To the hundredth of a second, everywhere. The name of the program may have spaces in it, and ends with the last bracket.
fn ticked_ns(pid: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let rest = text.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = rest
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    ticks * 10_000_000
}
