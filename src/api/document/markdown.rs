//! docs/http-api.md: the description for people.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::TAGS;

const HEAD: &str = "\
# The HTTP API

<!-- Made from src/api: UPDATE_GENERATED=1 cargo test --test generated -->

The same as an OpenAPI 3.1 document, which every server has: `/openapi.json`. What the fields of events and frames mean is told in
[protocol.md](protocol.md), how a backend publishes in [backend.md](backend.md).

";

const KEY: &str = "only-for-development-broadcast-key";

/// A page about an OpenAPI document.
pub fn markdown(document: &Value) -> String {
    let mut page = HEAD.to_owned();
    push(&mut page, &text(document.pointer("/info/description")));
    push(&mut page, "The examples work with the server of `npm start`.");
    for (tag, about) in TAGS {
        push(&mut page, &format!("## {tag}\n\n{about}"));
        let routes: Vec<_> = routes(document).filter(|route| route.tag() == tag).collect();
        let mut table = "| | | needs |\n|---|---|---|\n".to_owned();
        for route in &routes {
            let needs = text(route.operation.get("x-capability"));
            let needs = if needs.is_empty() { String::new() } else { format!("`{needs}`") };
            // Writing to a string does not fail.
            let _ = writeln!(
                table,
                "| [`{}`](#{}) | {} | {needs} |",
                route.name(),
                anchor(&route.summary()),
                route.summary()
            );
        }
        push(&mut page, table.trim_end());
        for route in &routes {
            section(&mut page, document, route);
        }
    }
    page.trim_end().to_owned() + "\n"
}

struct Route<'a> {
    path: &'a str,
    method: String,
    operation: &'a Value,
}

impl Route<'_> {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn tag(&self) -> String {
        text(self.operation.pointer("/tags/0"))
    }

    fn summary(&self) -> String {
        text(self.operation.get("summary"))
    }
}

fn routes(document: &Value) -> impl Iterator<Item = Route<'_>> {
    let items = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    items.flat_map(|(path, item)| {
        item.as_object().into_iter().flatten().map(move |(method, operation)| Route {
            path,
            method: method.to_ascii_uppercase(),
            operation,
        })
    })
}

fn section(page: &mut String, document: &Value, route: &Route<'_>) {
    push(page, &format!("### {}", route.summary()));
    push(page, &format!("`{}`", route.name()));
    push(page, &text(route.operation.get("description")));
    if let Some(parameters) = parameters(document, route.operation) {
        push(page, &parameters);
    }
    if let Some(fields) = body_fields(document, route.operation) {
        push(page, &fields);
    }
    for call in calls(document, route) {
        push(page, &format!("```sh\n{call}\n```"));
    }
    let responses = route.operation.get("responses").and_then(Value::as_object);
    for (status, response) in
        responses.into_iter().flatten().filter(|(status, _)| is_success(status))
    {
        let description = text(response.get("description"));
        push(page, &format!("Answers {status}: {description}"));
        let media = response.get("content").and_then(Value::as_object).into_iter().flatten().next();
        if let Some((name, example)) =
            media.and_then(|(name, media)| Some((name, media.get("example")?)))
        {
            let lines = example.as_str().map(|lines| lines.trim_end().to_owned());
            let shown = lines.unwrap_or_else(|| example.to_string());
            let language = if name == "application/json" { "json" } else { "text" };
            push(page, &format!("```{language}\n{shown}\n```"));
        }
    }
    let codes = responses.into_iter().flatten().filter(|(status, _)| !is_success(status));
    let codes: Vec<_> = codes
        .map(|(status, response)| format!("{status} {}", listed(follow(document, response))))
        .collect();
    push(page, &format!("Errors: {}.", codes.join(" · ")));
}

fn is_success(status: &str) -> bool {
    status.starts_with('1') || status.starts_with('2')
}

/// The codes of a response.
fn listed(response: &Value) -> String {
    let schema = response.pointer("/content/application~1problem+json/schema/allOf/1");
    let codes = schema.and_then(|schema| schema.pointer("/properties/code/enum"));
    let codes = codes.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    codes.map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", ")
}

/// The parameters of an operation, references followed.
fn parameters_of<'a>(document: &'a Value, operation: &'a Value) -> impl Iterator<Item = &'a Value> {
    let list = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    list.map(|parameter| follow(document, parameter))
}

fn follow<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value.get("$ref").and_then(Value::as_str);
    let target = target.and_then(|target| target.strip_prefix('#'));
    target.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

/// A table of those that are not part of every room's address.
fn parameters(document: &Value, operation: &Value) -> Option<String> {
    let mut rows = String::new();
    for parameter in parameters_of(document, operation) {
        let (name, place) = (text(parameter.get("name")), text(parameter.get("in")));
        if place == "path" && ["party", "room"].contains(&name.as_str()) {
            continue;
        }
        let description = text(parameter.get("description"));
        let description = if description.is_empty() {
            let schema = parameter.get("schema").map(|schema| follow(document, schema));
            text(schema.and_then(|schema| schema.get("description")))
        } else {
            description
        };
        let required = parameter.get("required") == Some(&Value::Bool(true));
        let place = if required { format!("{place}, required") } else { place };
        let _ = writeln!(rows, "| `{name}` | {place} | {description} |");
    }
    (!rows.is_empty()).then(|| format!("| parameter | in | |\n|---|---|---|\n{}", rows.trim_end()))
}

/// A table of the fields of a body.
fn body_fields(document: &Value, operation: &Value) -> Option<String> {
    let schema = operation.pointer("/requestBody/content/application~1json/schema")?;
    let mut found = Map::new();
    gather(document, schema, &mut found);
    let mut rows = String::new();
    for (name, schema) in &found {
        let own = text(schema.get("description"));
        let choice = schema.pointer("/anyOf/0").unwrap_or(schema);
        let description =
            if own.is_empty() { text(follow(document, choice).get("description")) } else { own };
        let _ = writeln!(rows, "| `{name}` | {description} |");
    }
    Some(format!("| field | |\n|---|---|\n{}", rows.trim_end()))
}

/// The fields that a schema names, wherever in it.
fn gather(document: &Value, schema: &Value, found: &mut Map<String, Value>) {
    let schema = follow(document, schema);
    let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    for (name, field) in fields {
        // A schema that only narrows another says nothing about the field.
        if field.get("description").is_some() || field.get("anyOf").is_some() {
            found.entry(name.clone()).or_insert_with(|| field.clone());
        } else if !found.contains_key(name) && field.get("type") != Some(&Value::from("null")) {
            found.insert(name.clone(), field.clone());
        }
    }
    for word in ["allOf", "anyOf"] {
        let parts = schema.get(word).and_then(Value::as_array).into_iter().flatten();
        parts.for_each(|part| gather(document, part, found));
    }
}

/// Calls that work, one for each example.
fn calls(document: &Value, route: &Route<'_>) -> Vec<String> {
    if text(route.operation.get("operationId")) == "connect" {
        return Vec::new();
    }
    let mut path = route.path.to_owned();
    for parameter in parameters_of(document, route.operation) {
        if parameter.get("in") == Some(&Value::from("path")) {
            let name = text(parameter.get("name"));
            path = path.replace(&format!("{{{name}}}"), &text(parameter.get("example")));
        }
    }
    path.push_str(match text(route.operation.get("operationId")).as_str() {
        "thread" => "?seq=1",
        "search" => "?query=hello",
        "receipts" => "?userId=bob",
        "history" => "?limit=50",
        _ => "",
    });
    let mut call = String::from("curl");
    if route.method == "DELETE" {
        call.push_str(" -X DELETE");
    }
    let quote = if path.contains('?') { "\"" } else { "" };
    let _ = write!(call, " {quote}http://localhost:8787{path}{quote}");
    if route.operation.get("security").is_none() {
        let _ = write!(call, " \\\n  -H \"Authorization: Bearer {KEY}\"");
    }
    let examples = route.operation.pointer("/requestBody/content/application~1json/examples");
    let Some(examples) = examples.and_then(Value::as_object) else { return vec![call] };
    let bodies = examples.values().filter_map(|example| example.get("value"));
    bodies
        .map(|body| format!("{call} \\\n  -H \"Content-Type: application/json\" \\\n  -d '{body}'"))
        .collect()
}

fn push(page: &mut String, paragraph: &str) {
    page.push_str(paragraph);
    page.push_str("\n\n");
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The name of a heading in a link.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}
