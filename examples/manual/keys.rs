//! feeds.toml(5), from the JSON Schema: what editors tell of a key is what the
//! manual tells of it.

use std::fmt::Write;

use serde_json::{Map, Value};

/// The page about the service, whose date is ours.
const SERVICE: &str = include_str!("../../package/scofeed.8");

const END: &str = "\
.Sh FILES
.Bl -tag -width Ds
.It Pa /etc/scofeed/feeds.toml
The one of the service, with a comment for every key.
.It Pa /var/lib/scofeed
What the service remembers.
.El
.Sh SEE ALSO
.Xr scofeed 1 ,
.Xr scofeed 8
.Pp
.Ql scofeed check
tells every mistake in the file with its place;
.Ql scofeed schema
prints what this page was made of.
";

/// The page that a schema makes.
pub(crate) fn page(schema: &Value) -> String {
    let page = Page {
        definitions: &schema["definitions"],
        text: String::new(),
    };
    page.whole(schema)
}

struct Page<'s> {
    definitions: &'s Value,
    text: String,
}

impl Page<'_> {
    fn whole(mut self, schema: &Value) -> String {
        let date = SERVICE.lines().next().unwrap();
        let about = words(schema).unwrap();
        self.line(date);
        self.line(".Dt FEEDS.TOML 5\n.Os\n.Sh NAME\n.Nm feeds.toml");
        self.line(".Nd the configuration of scofeed\n.Sh DESCRIPTION");
        self.say(about);
        let properties = schema["properties"].as_object().unwrap();
        let is_table = |value: &Value| self.table(value).is_some();
        let (tables, keys): (Vec<_>, Vec<_>) = properties.iter().partition(|(_, v)| is_table(v));
        self.line(".Sh KEYS BEFORE ALL TABLES\n.Bl -tag -width Ds");
        for (key, value) in keys {
            self.key(key, value, false);
        }
        self.line(".El\n.Sh TABLES");
        for (name, value) in tables {
            let many = value["type"] == "array";
            let header = if many {
                format!("[[{name}]]")
            } else {
                format!("[{name}]")
            };
            self.line(&format!(".Ss {header}"));
            self.say(words(value).unwrap_or_default());
            let table = self.table(value).unwrap().clone();
            self.keys(&table);
        }
        self.text + END
    }

    /// The schema of a table, if that is what a key holds.
    fn table<'v>(&'v self, value: &'v Value) -> Option<&'v Value> {
        let value = self.resolved(value);
        let one = match value["type"].as_str() {
            Some("array") => self.resolved(&value["items"]),
            _ => value,
        };
        one["properties"].is_object().then_some(one)
    }

    /// What a schema refers to.
    fn reference<'v>(&'v self, value: &'v Value) -> Option<&'v Value> {
        let reference = value.get("$ref").or_else(|| value.pointer("/allOf/0/$ref"));
        let name = reference?.as_str()?.strip_prefix("#/definitions/")?;
        self.definitions.get(name)
    }

    fn resolved<'v>(&'v self, value: &'v Value) -> &'v Value {
        self.reference(value)
            .map_or(value, |other| self.resolved(other))
    }

    fn about<'v>(&'v self, value: &'v Value) -> Option<&'v str> {
        words(value).or_else(|| self.about(self.reference(value)?))
    }

    fn keys(&mut self, table: &Value) {
        let required: Vec<&str> = strings(&table["required"]);
        self.line(".Bl -tag -width Ds");
        for (key, value) in table["properties"].as_object().unwrap_or(&Map::new()) {
            self.key(key, value, required.contains(&&**key));
        }
        self.line(".El");
    }

    fn key(&mut self, key: &str, value: &Value, required: bool) {
        let kind = self.kind(value);
        let must = if required { ", required" } else { "" };
        let default = value
            .get("default")
            .map(|default| format!(", default {default}"));
        self.line(&format!(".It Ic {key}"));
        self.say(&format!("({kind}{must}{})", default.unwrap_or_default()));
        let about = self.about(value).unwrap_or_default().to_owned();
        self.say(&about);
        if let Some(table) = self.table(value).cloned() {
            self.keys(&table);
        }
    }

    /// What may stand behind a key, in words.
    fn kind(&self, value: &Value) -> String {
        let kinds = value["anyOf"].as_array();
        if let Some(kinds) = kinds {
            let kinds: Vec<String> = kinds.iter().map(|kind| self.kind(kind)).collect();
            return kinds.join(" or ");
        }
        let value = self.resolved(value);
        if let Some(choices) = value["enum"].as_array() {
            let choices: Vec<String> = choices.iter().map(Value::to_string).collect();
            return choices.join(", ");
        }
        let number = || match (&value["minimum"], &value["maximum"]) {
            (Value::Null, _) => "a number".to_owned(),
            (from, to) => format!("a number from {from} to {to}"),
        };
        match value["type"].as_str() {
            Some("boolean") => "true or false".to_owned(),
            Some("integer" | "number") => number(),
            Some("array") => match self.kind(&value["items"]) {
                text if text == "a text" => "a list of texts".to_owned(),
                other => format!("a list of {other}"),
            },
            Some("object") => "a table".to_owned(),
            _ if value["format"] == "uri" => "an address".to_owned(),
            _ if is_time(value) => "a time such as \"90m\" or \"1h 30m\"".to_owned(),
            _ => "a text".to_owned(),
        }
    }

    fn line(&mut self, line: &str) {
        writeln!(self.text, "{line}").unwrap();
    }

    /// Text, in which nothing is a request.
    fn say(&mut self, text: &str) {
        let text = text.replace('\\', "\\e");
        if !text.is_empty() {
            self.line(&format!("\\&{text}"));
        }
    }
}

/// Whether a text is a time: only those have units.
fn is_time(value: &Value) -> bool {
    let pattern = value["pattern"].as_str();
    pattern.is_some_and(|pattern| pattern.contains("[smhd]"))
}

fn words(value: &Value) -> Option<&str> {
    value["description"].as_str()
}

fn strings(value: &Value) -> Vec<&str> {
    let values = value.as_array().into_iter().flatten();
    values.filter_map(Value::as_str).collect()
}
