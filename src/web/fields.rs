//! Names and values as forms and queries send them, read strictly.
//!
//! Text must be UTF-8 without NUL, and a name that stands for one value must stand there
//! once: RFC 6749 §3.1 forbids repeated parameters, and two readers of the same
//! request must never see different values.
use std::{convert::Infallible, fmt};

use axum::{extract::FromRequestParts, http::request::Parts};
use percent_encoding::percent_decode;
use serde::{
    Deserializer,
    de::{
        self, DeserializeOwned, IntoDeserializer, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};

/// Most names and values that are read.
const MOST: usize = 100;

/// What is wrong with the fields.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldFault {
    /// There are too many.
    #[error("more than {MOST} fields")]
    TooMany,
    /// A name or value is not UTF-8, or holds NUL.
    #[error("a field is not text")]
    NotText,
    /// A name that may stand once stands several times.
    #[error("{0} is repeated")]
    Repeated(String),
    /// A field is missing, unknown, or not what is expected.
    #[error("{0}")]
    Unfit(String),
}

/// Names and values in the order they came. No `Debug`: they may be secret.
#[derive(Clone, Default)]
pub struct Fields(Vec<(String, String)>);

/// The query of a page's address, whose words decide nothing that matters: one that cannot
/// be read says nothing.
impl<S: Sync> FromRequestParts<S> for Fields {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of_query(parts.uri.query()))
    }
}

impl Fields {
    /// What a query says; nothing, where it cannot be read.
    pub fn of_query(query: Option<&str>) -> Self {
        Self::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default()
    }

    /// Reads `application/x-www-form-urlencoded` bytes.
    ///
    /// # Errors
    /// They are not text, or too many.
    pub fn parse(bytes: &[u8]) -> Result<Self, FieldFault> {
        let mut fields = Vec::new();
        for pair in bytes.split(|byte| *byte == b'&') {
            if pair.is_empty() {
                continue;
            }
            if fields.len() == MOST {
                return Err(FieldFault::TooMany);
            }
            let at = pair.iter().position(|byte| *byte == b'=');
            let (name, value) = pair.split_at(at.unwrap_or(pair.len()));
            fields.push((text(name)?, text(value.get(1..).unwrap_or_default())?));
        }
        Ok(Self(fields))
    }

    /// The value of `name` where it stands exactly once.
    pub fn one<'a>(&'a self, name: &str) -> Option<&'a str> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (Some(value), None) => Some(value),
            _ => None,
        }
    }

    /// Every value of `name`.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first name that stands more than once.
    pub fn repeated(&self) -> Option<&str> {
        self.0
            .iter()
            .enumerate()
            .find(|(at, (name, _))| self.0.iter().take(*at).any(|(earlier, _)| earlier == name))
            .map(|(_, (name, _))| name.as_str())
    }

    /// Every name with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Takes every value of `name` out.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(n, _)| n != name);
    }

    /// The fields as a `T`: a `Vec` takes every value of its name, anything else must
    /// stand once.
    ///
    /// # Errors
    /// One is missing, repeated or unfit.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, FieldFault> {
        let mut grouped: Vec<(&str, Values<'_>)> = Vec::new();
        for (name, value) in &self.0 {
            match grouped.iter_mut().find(|(n, _)| n == name) {
                Some((_, values)) => values.values.push(value),
                None => grouped.push((
                    name,
                    Values {
                        name,
                        values: vec![value],
                    },
                )),
            }
        }
        T::deserialize(MapDeserializer::new(grouped.into_iter()))
    }
}

/// Reads what a form or Basic credentials encode: `%` before hex digits, and `+` for spaces. `None`
/// unless it is UTF-8 without NUL.
pub fn decode_text(encoded: &[u8]) -> Option<String> {
    let decoded = match encoded.iter().any(|byte| matches!(byte, b'+' | b'%')) {
        false => encoded.to_vec(),
        true => {
            let space = |byte: &u8| if *byte == b'+' { b' ' } else { *byte };
            let spaced: Vec<u8> = encoded.iter().map(space).collect();
            let mut decoded = Vec::with_capacity(spaced.len());
            decoded.extend(percent_decode(&spaced));
            decoded
        }
    };
    let text = String::from_utf8(decoded).ok()?;
    (!text.contains('\0')).then_some(text)
}

fn text(encoded: &[u8]) -> Result<String, FieldFault> {
    decode_text(encoded).ok_or(FieldFault::NotText)
}

impl de::Error for FieldFault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Unfit(message.to_string())
    }
}

/// All values of one name.
struct Values<'a> {
    name: &'a str,
    values: Vec<&'a str>,
}

impl Values<'_> {
    fn one(&self) -> Result<&str, FieldFault> {
        match self.values.as_slice() {
            [value] => Ok(value),
            _ => Err(FieldFault::Repeated(self.name.to_owned())),
        }
    }
}

impl<'de> IntoDeserializer<'de, FieldFault> for Values<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Values<'_> {
    type Error = FieldFault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldFault> {
        visitor.visit_str(self.one()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldFault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, FieldFault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldFault> {
        visitor.visit_enum(self.one()?.into_deserializer())
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldFault> {
        visitor.visit_seq(SeqDeserializer::new(self.values.into_iter()))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit
        unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::secret::Secret;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Decision {
        Allow,
        Deny,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Consent {
        decision: Decision,
        #[serde(default)]
        scope: Vec<String>,
        note: Option<String>,
        password: Option<Secret>,
    }

    fn read(form: &str) -> Result<Consent, FieldFault> {
        Fields::parse(form.as_bytes())?.read()
    }

    #[test]
    fn a_form_becomes_a_type() {
        let form = read("decision=allow&scope=a&scope=b+c&note=caf%C3%A9&password=x%26y").unwrap();
        assert_eq!(form.decision, Decision::Allow);
        assert_eq!(form.scope, ["a", "b c"]);
        assert_eq!(form.note.as_deref(), Some("café"));
        assert_eq!(form.password.unwrap().expose(), "x&y");
        assert_eq!(read("decision=deny").unwrap().decision, Decision::Deny);
    }

    #[test]
    fn what_is_repeated_missing_unknown_or_no_text_is_refused() {
        let repeated = |name: &str| FieldFault::Repeated(name.to_owned());
        assert_eq!(
            read("decision=allow&decision=deny").unwrap_err(),
            repeated("decision")
        );
        assert_eq!(
            read("decision=allow&note=&note=").unwrap_err(),
            repeated("note")
        );
        assert_eq!(read("decision=%ff").unwrap_err(), FieldFault::NotText);
        assert_eq!(read("decision=a%00").unwrap_err(), FieldFault::NotText);
        assert_eq!(read(&"a=1&".repeat(101)).unwrap_err(), FieldFault::TooMany);
        for unfit in ["", "note=x", "decision=maybe", "decision=allow&x=1"] {
            assert!(matches!(read(unfit), Err(FieldFault::Unfit(_))), "{unfit}");
        }
    }

    #[test]
    fn a_repeated_name_has_no_one_value() {
        let fields = Fields::parse(b"a=1&b=2&a=1&=&c").unwrap();
        assert_eq!(fields.one("a"), None);
        assert_eq!(fields.one("b"), Some("2"));
        assert_eq!(fields.one("c"), Some(""));
        assert_eq!(fields.repeated(), Some("a"));
    }
}
