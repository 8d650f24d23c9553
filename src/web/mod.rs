//! What all faces share: the [`App`], pages and their words, problems and failures, the
//! browser and who is signed in there, forms, addresses.
//!
//! ```text
//! request ── face::pages: language, session ── handler(Browser, SignedIn, Form<T>, Texts)
//!                 │                                   │
//!                 └─ a Problem becomes its page ◄─────┴─► Page<T>, a redirect, Problem,
//!                    in the visitor's language            or any error through `?`
//! ```
//! A form reaches its handler only when it came from a page of ours in the same browser
//! (`csrf`). A person goes on only to addresses that we made ([`Next`]).
mod address;
mod app;
pub mod asking;
pub mod assets;
mod audit_export;
mod browser;
mod csrf;
pub mod device;
mod done;
pub mod face;
mod failure;
mod faults;
mod fields;
mod file_form;
pub mod form;
pub mod icon;
mod initials;
mod list_choice;
mod next;
mod page;
pub mod paths;
mod problem;
mod proxies;
pub mod relation_text;
mod request;
pub mod scope_text;
mod session;
mod texts;

pub use address::client_address;
pub use app::{App, AppParts};
pub use asking::{Asker, Asking};
pub use audit_export::{AuditFormat, audit_export};
pub use browser::{Browser, FreshlySignedIn, MaybeSignedIn, SignedIn, freshly};
pub use done::{done, said};
pub use failure::Failure;
pub use faults::Faults;
pub use fields::{FieldFault, Fields, decode_text};
pub use file_form::FileForm;
pub use form::{Form, Nothing};
pub use initials::{initial, initials};
pub use list_choice::ListChoice;
pub use next::{LocalPath, Next};
pub use page::{FormTarget, Page};
pub use problem::{Detail, Problem};
pub use proxies::pass_on;
pub use request::{RequestOrigin, request_id};
pub use session::Sessions;
pub use texts::{Choice, Texts};
