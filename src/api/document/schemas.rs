//! Schemas of the types that read requests and write answers.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// Makes schemas, and gathers those that have a name.
pub(super) struct Schemas {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
    responses: Map<String, Value>,
}

impl Default for Schemas {
    fn default() -> Self {
        let settings = || {
            let settings = SchemaSettings::draft2020_12();
            settings.with(|settings| settings.definitions_path = "/components/schemas".into())
        };
        Self {
            requests: settings().for_deserialize().into_generator(),
            answers: settings().for_serialize().into_generator(),
            responses: Map::new(),
        }
    }
}

impl Schemas {
    /// The schema of a body that is read.
    pub(super) fn request<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().to_value()
    }

    /// The schema of a body that is written.
    pub(super) fn answer<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().to_value()
    }

    /// The fields of `T` as parameters of an address.
    pub(super) fn parameters<T: JsonSchema>(&mut self) -> Vec<Value> {
        let mut schema = T::json_schema(&mut self.requests).to_value();
        leave_out_nulls(&mut schema);
        tighten(&mut schema);
        let required = required(&schema);
        let fields = schema.get("properties").and_then(Value::as_object).cloned();
        let parameter = |(name, mut schema): (String, Value)| {
            let description =
                schema.as_object_mut().and_then(|schema| schema.remove("description"));
            json!({
                "name": name, "in": "query", "required": required.contains(&name),
                "description": description, "schema": schema,
            })
        };
        fields.into_iter().flatten().map(parameter).collect()
    }

    /// A reference to a response that several operations may have.
    pub(super) fn shared_response(&mut self, name: String, response: Value) -> Value {
        let reference = json!({ "$ref": format!("#/components/responses/{name}") });
        self.responses.insert(name, response);
        reference
    }

    /// Every response that has a name.
    pub(super) fn take_responses(&mut self) -> Map<String, Value> {
        std::mem::take(&mut self.responses)
    }

    /// Every schema that has a name.
    pub(super) fn into_definitions(mut self) -> Map<String, Value> {
        let mut definitions = self.answers.take_definitions(true);
        definitions.values_mut().for_each(leave_out_nulls);
        definitions.append(&mut self.requests.take_definitions(true));
        definitions.values_mut().for_each(tighten);
        definitions.sort_keys();
        definitions
    }
}

fn required(schema: &Value) -> Vec<String> {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    required.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What may be left out is left out, and never `null`.
fn leave_out_nulls(schema: &mut Value) {
    let required = required(schema);
    let Some(schema) = schema.as_object_mut() else { return };
    for (name, value) in schema.iter_mut() {
        match value {
            Value::Object(fields) if name == "properties" => {
                for (field, schema) in fields.iter_mut() {
                    if !required.contains(field) {
                        not_null(schema);
                    }
                    leave_out_nulls(schema);
                }
            }
            Value::Object(_) => leave_out_nulls(value),
            Value::Array(items) => items.iter_mut().for_each(leave_out_nulls),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

fn not_null(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(mut choices)) = schema.remove("anyOf") {
        choices.retain(|choice| *choice != json!({ "type": "null" }));
        match choices.as_mut_slice() {
            [Value::Object(only)] => {
                for (name, value) in std::mem::take(only) {
                    schema.entry(name).or_insert(value);
                }
            }
            _ => drop(schema.insert("anyOf".into(), choices.into())),
        }
    }
}

/// Says what the generator leaves open. A number of 32 bits ends somewhere, which `format` only hints at. Larger ones are counts, which
/// JavaScript has to be able to read.
fn tighten(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            let maximum = match fields.get("format").and_then(Value::as_str) {
                Some("uint32") => Some(u64::from(u32::MAX)),
                Some("uint16") => Some(u64::from(u16::MAX)),
                Some("uint" | "uint64") => Some(crate::store::Seq::MAX.get()),
                _ => None,
            };
            if let Some(maximum) = maximum {
                fields.remove("format");
                fields.insert("maximum".into(), maximum.into());
            }
            // That a field may be left out is said by its not being required.
            if fields.get("default") == Some(&Value::Null) {
                fields.remove("default");
            }
            fields.values_mut().for_each(tighten);
        }
        Value::Array(items) => items.iter_mut().for_each(tighten),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Seq;

    #[derive(JsonSchema)]
    #[allow(dead_code, reason = "only the schema is used")]
    struct Parameters {
        /// How many.
        limit: Option<u32>,
        seq: Seq,
    }

    #[test]
    fn a_field_becomes_a_parameter_that_is_not_null() {
        let [limit, seq] = Schemas::default().parameters::<Parameters>().try_into().unwrap();
        let expected = json!({
            "name": "limit", "in": "query", "required": false, "description": "How many.",
            "schema": {"type": "integer", "minimum": 0, "maximum": 4_294_967_295_u64},
        });
        assert_eq!(limit, expected);
        assert_eq!(seq["required"], true);
    }
}
