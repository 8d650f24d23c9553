//! Who may do what: scopes, permissions, roles, and one table of what each role may.
//!
//! All of it is pure: values in, values out. A [`ScopeSet`] is what an application
//! asks for, what it is registered for, or the ceiling of a capacity; [`grant`] is
//! where the three meet. Which ceiling a capacity has is decided by the module that
//! owns the relation behind it: [`Roles`] here for providers, [`ConfigRole`] for
//! config users, `guardianship` and `service_accounts` for theirs.
mod clinical;
mod config_role;
mod grant;
mod permission;
mod purpose;
mod role;
mod roles;
mod scope;
mod scope_set;

pub use clinical::{Clinical, Context, Resource, Verbs};
pub use config_role::ConfigRole;
pub use grant::grant;
pub use permission::{Permission, Permissions, UnknownPermission};
pub use purpose::{NotPurpose, Purpose};
pub use role::{Capabilities, Narrowing, Role, UnknownRole};
pub use roles::{Roles, RolesError};
pub use scope::{Scope, ScopeError};
pub use scope_set::{Requested, ScopeSet};
