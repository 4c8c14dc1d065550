//! JSON as a tree, within limits: an object of one key takes eighty times the
//! room of its text, so there are only so many of them.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Objects of one document at most: four for each item that may be read.
const OBJECTS_AT_MOST: usize = 20_000;

/// What a document holds.
#[derive(Debug)]
pub(in crate::parse) struct Tree {
    /// Its values, one after another.
    pub(in crate::parse) values: Vec<Value>,
    /// Whether more follows than was read.
    pub(in crate::parse) more: bool,
    /// What is missing of the document.
    pub(in crate::parse) partial: Option<String>,
}

impl Tree {
    /// The document as one value, and what is missing of it. Several values,
    /// one after another, are a list.
    pub(in crate::parse) fn into_value(mut self) -> (Value, Option<String>) {
        let value = match self.values.as_mut_slice() {
            [only] => only.take(),
            _ => Value::Array(self.values),
        };
        (value, self.partial)
    }
}

/// The values of a document, one after another, in lines or not.
pub(in crate::parse) fn values(text: &str) -> serde_json::Result<Tree> {
    let mut tree = Tree {
        values: Vec::new(),
        more: false,
        partial: None,
    };
    let mut objects = 0;
    for root in serde_json::Deserializer::from_str(text).into_iter::<Root>() {
        let root = root?;
        objects += root.objects;
        tree.values.push(root.value);
        if objects >= OBJECTS_AT_MOST {
            tree.more = true;
            break;
        }
    }
    Ok(tree)
}

/// The value at the beginning of a text, whatever follows it.
pub(in crate::parse) fn first(text: &str) -> Option<Value> {
    let mut roots = serde_json::Deserializer::from_str(text).into_iter::<Root>();
    Some(roots.next()?.ok()?.value)
}

/// An outermost value, and how many objects it holds.
struct Root {
    value: Value,
    objects: usize,
}

impl<'de> Deserialize<'de> for Root {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let left = Cell::new(OBJECTS_AT_MOST);
        let value = Within(&left).deserialize(json)?;
        let objects = OBJECTS_AT_MOST - left.get();
        Ok(Self { value, objects })
    }
}

/// A value, with so many objects left to be read.
#[derive(Clone, Copy)]
struct Within<'l>(&'l Cell<usize>);

impl<'de> DeserializeSeed<'de> for Within<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Within<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while self.0.get() > 0 {
            let Some(value) = array.next_element_seed(self)? else {
                return Ok(Value::Array(values));
            };
            values.push(value);
        }
        while array.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        self.0.set(self.0.get().saturating_sub(1));
        let mut members = Map::new();
        while let Some(key) = object.next_key()? {
            members.insert(key, object.next_value_seed(self)?);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_is_written() {
        let text = r#"{"a": [1, -2, 0.5, "b", null, true, {"c": []}], "a b": "\u00e9"}"#;
        let plain: Value = serde_json::from_str(text).unwrap();
        assert_eq!(values(text).unwrap().values, std::slice::from_ref(&plain));
        assert_eq!(first(&format!("{text}; rest")).unwrap(), plain);
        assert_eq!(values("1\n[2]\n\"3\" ").unwrap().values.len(), 3);
        assert!(values("").unwrap().values.is_empty());
        assert!(values("1 ]").is_err());
        assert!(values(&"[".repeat(200)).is_err());
    }

    #[test]
    fn there_are_only_so_many_objects() {
        for (begin, object, end) in [("[", "{\"a\":1},", "0]"), ("", "{\"a\":[{}]}\n", "")] {
            let text = format!("{begin}{}{end}", object.repeat(50_000));
            let tree = values(&text).unwrap();
            let objects = |value: &Value| value.as_array().map_or(1, Vec::len);
            let read: usize = tree.values.iter().map(objects).sum();
            assert!(
                tree.more && (OBJECTS_AT_MOST / 2..=OBJECTS_AT_MOST).contains(&read),
                "{read}"
            );
        }
    }
}
