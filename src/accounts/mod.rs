//! People who sign in, and dependents for whom somebody else does.
//!
//! Owns `accounts`, `login_identifiers`, `credentials`, `consumer_profiles`,
//! `sessions`, `throttles`, `pending_sign_ups`, `new_identifiers` and `recoveries`. A person proves who he is
//! with an identifier that he alone owns (I-05) and a credential ([`sign_in`]); the result
//! is an [`Authentication`], never a capacity: for whom he acts is decided per request.
mod change;
mod change_identifier;
mod change_password;
mod common;
mod consumer_queries;
mod create;
mod credential_queries;
mod device;
mod identifier;
mod letters;
pub mod new_identifier;
mod new_identifier_queries;
mod password;
mod profile;
mod profile_queries;
mod queries;
pub mod recover;
mod recover_queries;
pub mod session;
mod session_list;
mod session_queries;
pub mod sign_in;
pub mod sign_up;
mod sign_up_queries;
pub mod throttle;
mod unlock;

pub use crate::grants::{Acr, Amr, Authentication};
pub use change::{PersonChange, change_person};
pub use change_identifier::{IdentifierRefusal, begin_change, change_identifier};
pub use change_password::change_password;
pub use consumer_queries::{Consumer, consumers, only_consumer};
pub use create::create_consumer;
pub use credential_queries::{
    A_GUARDIAN, is_own_choice, mark_chosen_by, password_of, personal_of, put_password, reached_at,
    remove_password,
};
pub use device::Device;
pub use identifier::{Identifier, IdentifierKind};
pub use letters::tell;
use new_identifier::NewIdentifier;
pub use password::{Busy, PasswordFault, Passwords, check_new_password};
pub use profile::{
    Account, Contact, Profile, Standing, Status, account, contacts, first_of, profile, split_name,
    update_account,
};
pub use profile_queries::{by_patient, delete_profile, profiles_of, put_profile};
pub use queries::{
    NewAccount, close, insert_account, note_sign_in, owner_of, put_contact, put_identifier,
    remove_identifiers_except,
};
pub use session_list::{OpenSession, end_others, end_own, open_sessions};
pub use unlock::unlock;
