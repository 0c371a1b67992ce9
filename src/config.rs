//! The deployment's configuration: what `wrangler.toml` and the secrets say, as types.
//!
//! Parsing reports every fault at once, each naming its key. A configuration with a fault serves nothing:
//! there is no silent default.

use std::num::NonZeroU32;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::access::backend_url::BackendUrl;
use crate::access::origin::Origins;
use crate::access::secret::Secret;
use crate::access::token_config::TokenConfig;
use crate::directory::MAX_SHARDS;
use crate::ids::PartyName;
use crate::json;
use crate::limits::Limits;
use crate::relay::Relay;
use crate::sorted::Map;
use crate::webhook::{Webhook, WebhookSecrets};

/// A deployment's configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who may connect without a token.
    pub auth_mode: AuthMode,
    /// Which web pages may connect.
    pub origins: Origins,
    /// How much is logged.
    pub log_level: LogLevel,
    /// The parties by name. Never empty.
    pub parties: Map<PartyName, Party>,
    /// The limits.
    pub limits: Limits,
    /// How tokens are verified.
    pub tokens: TokenConfig,
    /// What a backend sends to publish. Without it only tokens can.
    pub broadcast_key: Option<Secret>,
    /// Over how many objects the directory is spread.
    pub directory_shards: u32,
    /// What webhooks are signed with; nothing, if no party has one.
    pub webhook_secrets: WebhookSecrets,
}

/// Who may connect without a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMode {
    /// Nobody.
    Token,
    /// Everybody, under the name that the query gives.
    Open,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// What failed and should not.
    Error,
    /// Besides, a line for everybody who was refused.
    Info,
    /// Besides, a line for every wake of a room.
    Debug,
}

/// A named kind of room, and its options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The kind, with the options that only it has.
    pub kind: PartyKind,
    /// The options that every kind has.
    pub shared: SharedOptions,
}

/// A kind of room.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum PartyKind {
    /// People write to each other: [`crate::chat`].
    Chat(ChatOptions),
    /// A backend publishes, clients listen: [`crate::events`].
    Events(EventsOptions),
}

/// The options that every kind has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SharedOptions {
    /// Asked who may come in, in the place of checking tokens here.
    pub authorize: Option<BackendUrl>,
    /// What is kept.
    pub retention: Retention,
    /// Told what happens.
    pub webhook: Option<Webhook>,
    /// Which events go on to other rooms.
    pub routes: Vec<Relay>,
    /// Whether frames are compressed for clients that offer it. Needs a runtime that compresses: [`Config::compressing`].
    pub compression: bool,
}

/// The options of a party of the chat kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ChatOptions {
    /// How many emoji a user may put on a message.
    pub reactions: Reactions,
    /// Who is told what somebody has read.
    pub receipts: Receipts,
    /// Whether messages can be searched.
    pub search: bool,
}

/// The options of a party of the events kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EventsOptions {
    /// Whether published events are kept when the event does not say.
    pub persist: bool,
}

/// How many emoji a user may put on a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reactions {
    /// Any number of different ones.
    #[default]
    Several,
    /// One: another takes its place.
    One,
    /// None.
    Off,
}

/// Who is told what somebody has read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Receipts {
    /// Everybody.
    #[default]
    Public,
    /// Nobody but the user's other devices; unread messages are counted all the same.
    Private,
    /// Nothing is kept.
    Off,
}

/// What is kept of a room's history. Without limits: everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Retention {
    /// Entries older than this go.
    pub days: Option<NonZeroU32>,
    /// At least this many entries stay; what is older goes from time to time.
    pub entries: Option<NonZeroU32>,
}

impl Party {
    /// Reads a party's table; `place` is how faults name it.
    fn parse(
        mut table: serde_json::Map<String, Value>,
        place: &str,
        faults: &mut Vec<String>,
    ) -> Option<Self> {
        let before = faults.len();
        let shared = SharedOptions::take(&mut table, place, faults);
        match serde_json::from_value(Value::Object(table)) {
            Ok(kind) if faults.len() == before => Some(Self { kind, shared }),
            Ok(_) => None,
            Err(fault) => {
                faults.push(format!("{place}: {fault}"));
                None
            }
        }
    }

    /// Who is asked about tokens, if that is not for us to check.
    pub fn authorize(&self) -> Option<&BackendUrl> {
        self.shared.authorize.as_ref()
    }
}

impl SharedOptions {
    /// Takes the options that every kind has out of a party's table.
    fn take(
        table: &mut serde_json::Map<String, Value>,
        place: &str,
        faults: &mut Vec<String>,
    ) -> Self {
        fn option<T: DeserializeOwned + Default>(
            table: &mut serde_json::Map<String, Value>,
            place: &str,
            name: &str,
            faults: &mut Vec<String>,
        ) -> T {
            let Some(value) = table.remove(name) else { return T::default() };
            T::deserialize(value).unwrap_or_else(|fault| {
                faults.push(format!("{place}.{name}: {fault}"));
                T::default()
            })
        }
        Self {
            authorize: option(table, place, "authorize", faults),
            retention: option(table, place, "retention", faults),
            webhook: option(table, place, "webhook", faults),
            routes: option(table, place, "routes", faults),
            compression: option(table, place, "compression", faults),
        }
    }
}

/// What is wrong with the parties only in view of each other and of the secrets.
fn relation_faults(
    parties: &Map<PartyName, Party>,
    secrets: Option<&WebhookSecrets>,
    faults: &mut Vec<String>,
) {
    for (name, Party { shared, .. }) in parties {
        if shared.webhook.is_some() && secrets.is_none() {
            faults.push(format!("PARTIES.{name}.webhook: WEBHOOK_SECRET is missing"));
        }
        if shared
            .webhook
            .as_ref()
            .is_some_and(|webhook| webhook.events.as_ref().is_some_and(Vec::is_empty))
        {
            faults.push(format!("PARTIES.{name}.webhook.events is empty: leave it out for all"));
        }
        for (index, relay) in shared.routes.iter().enumerate() {
            let place = format!("PARTIES.{name}.routes[{index}]");
            faults.extend(relay.fault(name).map(|fault| format!("{place} {fault}")));
            if let Some(party) = relay.party.as_ref().filter(|party| !parties.contains_key(party)) {
                faults.push(format!("{place}.party: PARTIES has no {:?}", party.as_str()));
            }
        }
    }
}

/// Everything that is wrong with a configuration, one sentence each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("; "))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// Reads the configuration. `var` gives a variable's text: a string as it is, anything else as JSON.
    ///
    /// # Errors
    /// All faults, each naming the variable. Values of secrets never appear in it.
    pub fn parse(var: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut faults = Vec::new();

        let auth_mode = match var("AUTH_MODE").as_deref() {
            None | Some("token") => AuthMode::Token,
            Some("open") => AuthMode::Open,
            Some(other) => {
                faults.push(format!("AUTH_MODE must be \"token\" or \"open\", not {other:?}"));
                AuthMode::Token
            }
        };
        let log_level = match var("LOG_LEVEL").as_deref() {
            Some("error") => LogLevel::Error,
            None | Some("info") => LogLevel::Info,
            Some("debug") => LogLevel::Debug,
            Some(other) => {
                faults.push(format!(
                    "LOG_LEVEL must be \"error\", \"info\" or \"debug\", not {other:?}"
                ));
                LogLevel::Error
            }
        };
        let origins = var("ALLOWED_ORIGINS").map_or(Ok(Origins::Any), |list| Origins::parse(&list));
        let origins = origins.unwrap_or_else(|fault| {
            faults.push(format!("ALLOWED_ORIGINS {fault}"));
            Origins::Any
        });
        let parties = parse_parties(var("PARTIES"), &mut faults);
        let limits: Limits = parse_json("LIMITS", var("LIMITS"), &mut faults).unwrap_or_default();
        faults.extend(limits.faults());
        let tokens = TokenConfig::parse(&var, &mut faults);
        let broadcast_key = var("BROADCAST_KEY").and_then(|text| {
            let fault = |fault| faults.push(format!("BROADCAST_KEY {fault}"));
            Secret::parse(text).map_err(fault).ok()
        });

        let directory_shards = parse_shards(var("DIRECTORY_SHARDS"), &mut faults);
        // Only who is told something needs it: a value of another form that nobody uses is no fault.
        let told = parties.values().any(|party| party.shared.webhook.is_some());
        let webhook_secret = var("WEBHOOK_SECRET").filter(|text| told && !text.is_empty());
        let webhook_secrets = webhook_secret.map(|text| {
            WebhookSecrets::parse(&text).unwrap_or_else(|fault| {
                faults.push(format!("WEBHOOK_SECRET {fault}"));
                WebhookSecrets::default()
            })
        });
        relation_faults(&parties, webhook_secrets.as_ref(), &mut faults);

        if faults.is_empty() {
            let webhook_secrets = webhook_secrets.unwrap_or_default();
            Ok(Self {
                auth_mode,
                origins,
                log_level,
                parties,
                limits,
                tokens,
                broadcast_key,
                directory_shards,
                webhook_secrets,
            })
        } else {
            Err(ConfigError(faults))
        }
    }
}

impl Config {
    /// The same for a runtime of which it is known whether it can compress what sockets send.
    ///
    /// # Errors
    /// If it cannot, each party that wants it.
    pub fn compressing(self, possible: bool) -> Result<Self, ConfigError> {
        if possible {
            return Ok(self);
        }
        let wanting = self.parties.iter().filter(|(_, party)| party.shared.compression);
        let fault = |(name, _): (&PartyName, _)| {
            format!(
                "PARTIES.{name}.compression: take \"no_web_socket_compression\" out of compatibility_flags in wrangler.toml"
            )
        };
        let faults: Vec<_> = wanting.map(fault).collect();
        if faults.is_empty() { Ok(self) } else { Err(ConfigError(faults)) }
    }
}

fn parse_shards(text: Option<String>, faults: &mut Vec<String>) -> u32 {
    const DEFAULT: u32 = 4;
    let Some(text) = text else { return DEFAULT };
    let shards = text.parse().ok().filter(|shards| (1..=MAX_SHARDS).contains(shards));
    shards.unwrap_or_else(|| {
        faults.push(format!("DIRECTORY_SHARDS must be 1 to {MAX_SHARDS}, not {text:?}"));
        DEFAULT
    })
}

fn parse_parties(text: Option<String>, faults: &mut Vec<String>) -> Map<PartyName, Party> {
    if text.is_none() {
        faults.push("PARTIES is missing: name at least one party".into());
    }
    let raw: Option<Map<String, serde_json::Map<String, Value>>> =
        parse_json("PARTIES", text, faults);
    let mut parties = Map::new();
    for (name, options) in raw.unwrap_or_default() {
        // They stand in URLs as they are, and before the slash in the names of objects.
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !name.chars().all(plain) {
            faults.push(format!("PARTIES.{name}: use letters, digits, \"-\" and \"_\" only"));
            continue;
        }
        let party = Party::parse(options, &format!("PARTIES.{name}"), faults);
        match PartyName::parse(name) {
            Ok(name) => drop(party.map(|party| parties.insert(name, party))),
            Err(fault) => faults.push(format!("PARTIES: {fault}")),
        }
    }
    if parties.is_empty() && faults.is_empty() {
        faults.push("PARTIES is empty: name at least one party".into());
    }
    parties
}

fn parse_json<T: DeserializeOwned>(
    key: &str,
    text: Option<String>,
    faults: &mut Vec<String>,
) -> Option<T> {
    match json::read(&text?) {
        Ok(value) => Some(value),
        Err(fault) => {
            faults.push(format!("{key}: {fault}"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::parse(|name| {
            vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_directory_has_one_to_64_shards_and_limits_that_make_sense() {
        let parties = ("PARTIES", r#"{"main":{"kind":"events"}}"#);
        let shards =
            |text| parse(&[parties, ("DIRECTORY_SHARDS", text)]).map(|c| c.directory_shards);
        assert_eq!(parse(&[parties]).unwrap().directory_shards, 4);
        assert_eq!(shards("64"), Ok(64));
        for text in ["0", "65", "-1", "many", ""] {
            let fault = format!("DIRECTORY_SHARDS must be 1 to 64, not {text:?}");
            assert_eq!(shards(text), Err(ConfigError(vec![fault])));
        }
        for (limits, name) in [
            (r#"{"reportMs":49}"#, "reportMs"),
            (r#"{"reportMs":60001}"#, "reportMs"),
            (r#"{"recentMs":999}"#, "recentMs"),
            (r#"{"directorySilentMs":999}"#, "directorySilentMs"),
        ] {
            let faults = parse(&[parties, ("LIMITS", limits)]).unwrap_err().0;
            assert!(faults[0].starts_with(&format!("LIMITS.{name} ")), "{faults:?}");
        }
        assert!(parse(&[parties, ("LIMITS", r#"{"reportMs":0}"#)]).is_ok());
    }

    #[test]
    fn production_is_closed_unless_the_configuration_opens_it() {
        let config = parse(&[("PARTIES", r#"{"main":{"kind":"events"}}"#)]).unwrap();
        assert_eq!(config.auth_mode, AuthMode::Token);
        assert!(config.broadcast_key.is_none());
    }

    #[test]
    fn parties_have_a_kind_and_options() {
        let parties = r#"{"chatroom":{"kind":"chat"},"main":{"kind":"events","persist":true}}"#;
        let config = parse(&[("PARTIES", parties), ("AUTH_MODE", "open")]).unwrap();
        let kinds: Vec<_> = config.parties.values().map(|party| party.kind.clone()).collect();
        let events = EventsOptions { persist: true };
        assert_eq!(kinds, [PartyKind::Chat(ChatOptions::default()), PartyKind::Events(events)]);
    }

    #[test]
    fn all_faults_are_reported_at_once_and_name_their_key() {
        let error = parse(&[
            ("AUTH_MODE", "opne"),
            ("LOG_LEVEL", "loud"),
            ("ALLOWED_ORIGINS", "example.com"),
            ("PARTIES", r#"{"a":{"kind":"chat","colour":"red"},"b":{"kind":"teapot"}}"#),
            ("LIMITS", r#"{"historyPage":0}"#),
            ("JWT_ISSUER", ""),
            ("BROADCAST_KEY", ""),
        ])
        .unwrap_err();
        let expected = [
            "AUTH_MODE",
            "LOG_LEVEL",
            "ALLOWED_ORIGINS",
            "PARTIES.a",
            "PARTIES.b",
            "LIMITS.historyPage",
            "JWT_ISSUER",
            "BROADCAST_KEY",
        ];
        assert_eq!(error.0.len(), expected.len(), "{error}");
        for (fault, key) in error.0.iter().zip(expected) {
            assert!(fault.starts_with(key), "{fault}");
        }
    }

    #[test]
    fn limits_that_make_no_sense_are_faults() {
        for limit in [
            r#"{"eventsPerCall":0}"#,
            r#"{"roomsPerCall":1001}"#,
            r#"{"idempotencyMs":0}"#,
            r#"{"signatureMs":3600001}"#,
            r#"{"eventsPerCall":"many"}"#,
        ] {
            let parties = r#"{"main":{"kind":"events"}}"#;
            let error = parse(&[("PARTIES", parties), ("LIMITS", limit)]).unwrap_err();
            let [fault] = error.0.as_slice() else { panic!("{error}") };
            assert!(fault.starts_with("LIMITS"), "{fault}");
        }
    }

    const SECRET: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn every_kind_has_the_shared_options() {
        let shared = r#""retention":{"days":1},"authorize":"https://a.example",
            "webhook":{"url":"https://b.example","events":["member.left"]},
            "routes":[{"events":["x"],"to":"admin"}],"compression":true"#;
        let parties =
            format!(r#"{{"a":{{"kind":"chat",{shared}}},"b":{{"kind":"events",{shared}}}}}"#);
        let config = parse(&[("PARTIES", &parties), ("WEBHOOK_SECRET", SECRET)]).unwrap();
        let options: Vec<_> = config.parties.values().map(|party| &party.shared).collect();
        let [one, other] = options.as_slice() else { panic!("{options:?}") };
        assert_eq!(one, other);
        assert!(one.webhook.is_some() && one.authorize.is_some() && one.routes.len() == 1);
    }

    #[test]
    fn compression_takes_a_runtime_that_compresses() {
        let parties = r#"{"a":{"kind":"chat"},"b":{"kind":"chat","compression":true}}"#;
        let config = parse(&[("PARTIES", parties)]).unwrap();
        assert!(config.clone().compressing(true).is_ok());
        let ConfigError(faults) = config.compressing(false).unwrap_err();
        assert_eq!(faults.len(), 1);
        assert!(faults[0].starts_with("PARTIES.b.compression"), "{faults:?}");
        assert!(
            parse(&[("PARTIES", r#"{"a":{"kind":"chat"}}"#)]).unwrap().compressing(false).is_ok()
        );
    }

    #[test]
    fn a_fault_in_an_option_names_it() {
        for (options, place) in [
            (r#""retention":{"weeks":1}"#, "PARTIES.a.retention"),
            (r#""authorize":"http://a.example""#, "PARTIES.a.authorize"),
            (r#""webhook":"https://a.example""#, "PARTIES.a.webhook"),
            (r#""webhook":{"url":"http://a.example"}"#, "PARTIES.a.webhook"),
            (r#""webhook":{"url":"https://a","events":["room.full"]}"#, "PARTIES.a.webhook"),
            (r#""webhook":{"url":"https://a","events":[]}"#, "PARTIES.a.webhook.events"),
            (r#""routes":[{"to":"b"}]"#, "PARTIES.a.routes"),
            (r#""routes":[{"events":[],"to":"b"}]"#, "PARTIES.a.routes[0]"),
            (r#""routes":[{"events":["x"],"to":"b","party":"c"}]"#, "PARTIES.a.routes[0].party"),
            (r#""routes":[{"events":["x"],"rooms":"b","to":"b"}]"#, "PARTIES.a.routes[0]"),
            (r#""compression":"brotli""#, "PARTIES.a.compression"),
            (r#""colour":"red""#, "PARTIES.a"),
        ] {
            let parties = format!(r#"{{"a":{{"kind":"chat",{options}}}}}"#);
            let error = parse(&[("PARTIES", &parties), ("WEBHOOK_SECRET", SECRET)]).unwrap_err();
            let [fault] = error.0.as_slice() else { panic!("{options}: {error}") };
            assert!(fault.starts_with(place), "{fault}");
        }
    }

    #[test]
    fn a_webhook_needs_a_secret_and_only_then_it_matters() {
        let with = r#"{"a":{"kind":"chat","webhook":{"url":"https://a.example"}}}"#;
        let without = r#"{"a":{"kind":"chat"}}"#;
        for (parties, secret, right) in [
            (with, Some(SECRET), true),
            (with, Some("key"), false),
            (with, None, false),
            (without, Some("key"), true),
            (without, None, true),
        ] {
            let secret = secret.map(|secret| ("WEBHOOK_SECRET", secret));
            let vars: Vec<_> = secret.into_iter().chain([("PARTIES", parties)]).collect();
            let error = parse(&vars).err().map(|error| error.0);
            assert_eq!(error.is_none(), right, "{error:?}");
            if let Some(faults) = error {
                let [fault] = faults.as_slice() else { panic!("{faults:?}") };
                assert!(fault.contains("WEBHOOK_SECRET"), "{fault}");
            }
        }
    }

    #[test]
    fn a_missing_or_malformed_party_table_is_a_fault() {
        assert!(parse(&[]).unwrap_err().to_string().contains("PARTIES is missing"));
        assert!(parse(&[("PARTIES", "{}")]).unwrap_err().to_string().contains("is empty"));
        assert!(parse(&[("PARTIES", "[")]).is_err());
        assert!(parse(&[("PARTIES", r#"{"a":{}}"#)]).is_err());
        assert!(parse(&[("PARTIES", r#"{"a/b":{"kind":"chat"}}"#)]).is_err());
    }

    #[test]
    fn no_secret_shows_in_debug_output() {
        let config = parse(&[
            ("PARTIES", r#"{"main":{"kind":"events"}}"#),
            ("BROADCAST_KEY", "correct horse battery staple"),
        ])
        .unwrap();
        assert!(!format!("{config:?}").contains("horse"));
    }
}
