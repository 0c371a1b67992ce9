//! Every route of the HTTP API: method, address, what is done, and what it takes.

use super::Refused;
use crate::access::Capability;
use crate::directory::DirectoryPage;
use crate::room::Topic;
use crate::room::moderation::Action;

/// The methods of HTTP that routes have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Does something.
    Post,
    /// Removes.
    Delete,
}

impl Method {
    /// As it stands in a request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// What is asked of the deployment as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeploymentOperation {
    /// Whether the server is there.
    Health,
    /// Events for several rooms.
    Broadcast,
    /// What the directory knows.
    Directory(DirectoryPage),
}

/// What is asked of one room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomOperation {
    /// A socket, which is no call: without an upgrade there is nothing to be had.
    Connect,
    /// Events for everybody who is in the room.
    Publish,
    /// Something against those who disturb.
    Moderate(Action),
    /// Something to read.
    Ask(Topic),
    /// What moderators did.
    Audit,
    /// Everything that the room has.
    Export,
    /// What a user wrote, to be removed.
    Erase,
    /// Everything, to be removed.
    Wipe,
    /// Dead letters, to be tried again.
    Replay,
}

impl RoomOperation {
    /// What a caller needs; nothing, if this is no call.
    pub const fn capability(self) -> Option<Capability> {
        match self {
            Self::Connect => None,
            Self::Publish => Some(Capability::Broadcast),
            Self::Moderate(action) => Some(action.capability()),
            Self::Ask(topic) => Some(topic.capability()),
            Self::Audit | Self::Export => Some(Capability::Export),
            Self::Erase | Self::Wipe => Some(Capability::Erase),
            Self::Replay => Some(Capability::Webhooks),
        }
    }
}

/// A line of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route<Operation: 'static> {
    /// The method.
    pub method: Method,
    /// The address: for the deployment what follows the first slash, for a room what follows its name and a slash. It may end with a
    /// parameter in braces, which stands for one segment.
    pub path: &'static str,
    /// What is done.
    pub operation: Operation,
}

/// The routes of the deployment. None may begin like the address of a room (`crate::route`).
pub const DEPLOYMENT: &[Route<DeploymentOperation>] = {
    use DeploymentOperation::{Broadcast, Directory, Health};
    use DirectoryPage::{Metrics, Rooms, Stats};
    &[
        Route { method: Method::Get, path: "health", operation: Health },
        Route { method: Method::Post, path: "broadcast", operation: Broadcast },
        Route { method: Method::Get, path: "rooms", operation: Directory(Rooms) },
        Route { method: Method::Get, path: "stats", operation: Directory(Stats) },
        Route { method: Method::Get, path: "metrics", operation: Directory(Metrics) },
    ]
};

/// The routes of a room.
pub const ROOM: &[Route<RoomOperation>] = {
    use RoomOperation::{Audit, Connect, Erase, Export, Publish, Replay, Wipe};
    const fn ask(topic: Topic) -> Route<RoomOperation> {
        let operation = RoomOperation::Ask(topic);
        Route { method: Method::Get, path: topic.as_str(), operation }
    }
    const fn moderate(action: Action) -> Route<RoomOperation> {
        let operation = RoomOperation::Moderate(action);
        Route { method: Method::Post, path: action.as_str(), operation }
    }
    &[
        Route { method: Method::Get, path: "", operation: Connect },
        Route { method: Method::Post, path: "", operation: Publish },
        Route { method: Method::Post, path: "broadcast", operation: Publish },
        ask(Topic::History),
        ask(Topic::Thread),
        ask(Topic::Search),
        ask(Topic::Pins),
        ask(Topic::Position),
        ask(Topic::Presence),
        ask(Topic::Receipts),
        ask(Topic::Stats),
        ask(Topic::Webhooks),
        Route { method: Method::Post, path: "webhooks/replay", operation: Replay },
        moderate(Action::Kick),
        moderate(Action::Ban),
        moderate(Action::Unban),
        moderate(Action::Mute),
        moderate(Action::Unmute),
        moderate(Action::SlowMode),
        moderate(Action::Revoke),
        Route { method: Method::Get, path: "audit", operation: Audit },
        Route { method: Method::Get, path: "export", operation: Export },
        Route { method: Method::Delete, path: "users/{userId}", operation: Erase },
        Route { method: Method::Delete, path: "", operation: Wipe },
    ]
};

/// Whether a table has an address, whatever the method.
pub fn knows<Operation>(table: &[Route<Operation>], path: &str) -> bool {
    table.iter().any(|route| fit(route.path, path).is_some())
}

/// What a request asks for, and what stands in the place of its address's parameter, "" if it has none.
///
/// # Errors
/// `not-found`, or `method-not-allowed` with the methods that the address has.
pub fn find<'p, Operation: Copy>(
    table: &[Route<Operation>],
    method: &str,
    path: &'p str,
) -> Result<(Operation, &'p str), Refused> {
    let here = || {
        let fitting = |route: &Route<Operation>| fit(route.path, path).map(|found| (*route, found));
        table.iter().filter_map(fitting)
    };
    let found = here().find(|(route, _)| route.method.as_str() == method);
    if let Some((route, parameter)) = found {
        return Ok((route.operation, parameter));
    }
    let methods: Vec<_> = here().map(|(route, _)| route.method).collect();
    if methods.is_empty() {
        return Err(Refused::not_found("There is no such address here."));
    }
    Err(Refused::method_not_allowed(&methods))
}

/// What stands in the place of a template's parameter, "" if it has none; nothing, if the path is another one.
fn fit<'p>(template: &str, path: &'p str) -> Option<&'p str> {
    match template.split_once('{') {
        None => (template == path).then_some(""),
        Some((before, _)) => path.strip_prefix(before).filter(|rest| !rest.contains('/')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::ErrorCode;

    #[test]
    fn every_route_leads_to_its_own_operation() {
        for route in ROOM {
            let path = route.path.replace("{userId}", "ann%20lee");
            let parameter = if path == route.path { "" } else { "ann%20lee" };
            let found = find(ROOM, route.method.as_str(), &path);
            assert_eq!(found, Ok((route.operation, parameter)), "{}", route.path);
        }
        for route in DEPLOYMENT {
            let found = find(DEPLOYMENT, route.method.as_str(), route.path);
            assert_eq!(found, Ok((route.operation, "")), "{}", route.path);
        }
    }

    #[test]
    fn an_address_that_has_other_methods_names_them() {
        for (method, path, allow) in [
            ("PUT", "", "GET, POST, DELETE"),
            ("get", "history", "GET"),
            ("POST", "history", "GET"),
            ("GET", "kick", "POST"),
            ("GET", "users/ann", "DELETE"),
        ] {
            let refused = find(ROOM, method, path).unwrap_err();
            assert_eq!(refused.problem.code, ErrorCode::MethodNotAllowed, "{method} {path}");
            assert_eq!(refused.allow.as_deref(), Some(allow), "{method} {path}");
        }
    }

    #[test]
    fn what_is_not_in_the_table_is_not_found() {
        for path in ["nope", "History", "history/", "history/x", "users", "users/ann/x", "/", " "] {
            let refused = find(ROOM, "GET", path).unwrap_err();
            assert_eq!(refused.problem.code, ErrorCode::NotFound, "{path}");
            assert_eq!(refused.allow, None);
            assert!(!knows(ROOM, path));
        }
    }

    #[test]
    fn every_call_takes_a_capability() {
        let needed = |method, path| find(ROOM, method, path).unwrap().0.capability();
        for (method, path, capability) in [
            ("GET", "", None),
            ("POST", "", Some(Capability::Broadcast)),
            ("POST", "broadcast", Some(Capability::Broadcast)),
            ("DELETE", "", Some(Capability::Erase)),
            ("DELETE", "users/ann", Some(Capability::Erase)),
            ("GET", "history", Some(Capability::History)),
            ("GET", "thread", Some(Capability::History)),
            ("GET", "search", Some(Capability::History)),
            ("GET", "pins", Some(Capability::History)),
            ("GET", "position", Some(Capability::History)),
            ("GET", "presence", Some(Capability::Presence)),
            ("GET", "receipts", Some(Capability::Receipts)),
            ("GET", "stats", Some(Capability::Metrics)),
            ("GET", "webhooks", Some(Capability::Webhooks)),
            ("POST", "webhooks/replay", Some(Capability::Webhooks)),
            ("GET", "audit", Some(Capability::Export)),
            ("GET", "export", Some(Capability::Export)),
            ("POST", "kick", Some(Capability::Kick)),
            ("POST", "ban", Some(Capability::Ban)),
            ("POST", "unban", Some(Capability::Ban)),
            ("POST", "revoke", Some(Capability::Ban)),
            ("POST", "mute", Some(Capability::Mute)),
            ("POST", "unmute", Some(Capability::Mute)),
            ("POST", "slow-mode", Some(Capability::Mute)),
        ] {
            assert_eq!(needed(method, path), capability, "{method} {path}");
        }
    }
}
