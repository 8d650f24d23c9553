//! Who sent a request, and the name it is known by in the log.
//!
//! `server` puts an [`Origin`] on every request; a handler takes it as
//! [`RequestOrigin`] and gives it to `Store::write_from`.
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::{StatusCode, request::Parts};

use crate::{random::Random, store::Origin};

/// Letters that nobody takes for another, and that make no words.
const LETTERS: &[u8; 19] = b"BCDFGHJKMNPQRSTVWXZ";

/// The request's id and the client's address.
#[derive(Debug, Clone)]
pub struct RequestOrigin(pub Arc<Origin>);

impl<S: Sync> FromRequestParts<S> for RequestOrigin {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let origin = parts.extensions.get::<Arc<Origin>>();
        origin
            .map(|origin| Self(Arc::clone(origin)))
            .ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// A fresh request id, which people can read aloud: `KQW-HTR-BDM`. It also is the
/// reference on error pages.
#[expect(clippy::indexing_slicing, reason = "a remainder of their number")]
pub fn request_id(random: &dyn Random) -> Arc<str> {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    let mut number = u64::from_be_bytes(bytes);
    let mut id = *b"...-...-...";
    for place in id.iter_mut().filter(|place| **place == b'.') {
        *place = LETTERS[usize::try_from(number % 19).unwrap_or(0)];
        number /= 19;
    }
    std::str::from_utf8(&id).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn a_request_id_is_three_times_three_letters() {
        let random = SeededRandom::new(1);
        let ids: std::collections::HashSet<_> = (0..100).map(|_| request_id(&random)).collect();
        assert_eq!(ids.len(), 100);
        for id in ids {
            let groups: Vec<_> = id.split('-').map(str::len).collect();
            assert_eq!(groups, [3, 3, 3], "{id}");
        }
    }
}
