//! Whether one of our keys made a signature. No I/O: the platform verifies, and this says what to ask it and what its
//! answers come to.
//!
//! [`Answer::Made`] to a question that was open is the one thing that makes a signature of a public key valid. No
//! answer, too few of them and answers to nothing leave it invalid.

use std::collections::VecDeque;
use std::rc::Rc;

use super::public_key::{PublicAlgorithm, PublicKey};
use super::token::TokenError;

/// The signature of a token and what it belongs to. Nothing in it is verified.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed<'a> {
    /// The header's `alg`.
    pub(super) algorithm: &'a str,
    /// The header's `kid`.
    pub(super) key_id: Option<&'a str>,
    pub(super) data: &'a [u8],
    pub(super) signature: &'a [u8],
}

/// Did `key`, by its own algorithm, make `signature` of `data`?
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Whose algorithm is the token's.
    pub key: &'a PublicKey,
    /// What was signed.
    pub data: &'a [u8],
    /// As long as signatures of the key are: `r` and `s` for ES256.
    pub signature: &'a [u8],
}

/// What the platform says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The key made the signature.
    Made,
    /// It did not.
    NotMade,
    /// The platform cannot say: the key's numbers are no key. It counts as if it were not in its set.
    Unusable,
}

/// The search for the key that made a signature.
#[derive(Debug, Default)]
pub(super) struct Proof {
    is_made: bool,
    /// The keys that may have made it, and that nothing is known of yet.
    open: VecDeque<Candidate>,
    /// How many keys bear the `kid` of the token. One is enough to say that the token is forged if none of them made
    /// it; otherwise another set may have the key that did.
    namesakes: usize,
}

#[derive(Debug)]
struct Candidate {
    key: Rc<PublicKey>,
    is_namesake: bool,
}

impl Proof {
    /// What needs no search: the signature is one of the secret.
    pub(super) fn done() -> Self {
        Self { is_made: true, ..Self::default() }
    }

    /// A token with a `kid` is tried against the keys with that name and those without one; a token without against
    /// all. Either way only against keys of its algorithm, and with signatures of that length.
    pub(super) fn search<'k>(
        keys: impl Iterator<Item = &'k Rc<PublicKey>>,
        algorithm: PublicAlgorithm,
        signed: &Signed<'_>,
    ) -> Self {
        let mut proof = Self::default();
        for key in keys {
            let is_namesake = key.id().is_some() && key.id() == signed.key_id;
            proof.namesakes += usize::from(is_namesake);
            let fits = is_namesake || key.id().is_none() || signed.key_id.is_none();
            let is_possible =
                key.algorithm() == algorithm && key.signature_length() == signed.signature.len();
            if fits && is_possible {
                proof.open.push_back(Candidate { key: Rc::clone(key), is_namesake });
            }
        }
        proof
    }

    /// The key to ask about now, if there is more to ask.
    pub(super) fn candidate(&self) -> Option<&PublicKey> {
        self.open.front().map(|candidate| &*candidate.key)
    }

    /// What is said about [`Proof::candidate`].
    pub(super) fn answer(&mut self, answer: Answer) {
        let Some(candidate) = self.open.pop_front() else { return };
        match answer {
            Answer::Made => {
                self.is_made = true;
                self.open.clear();
            }
            Answer::NotMade => {}
            Answer::Unusable => self.namesakes -= usize::from(candidate.is_namesake),
        }
    }

    /// What the answers come to.
    pub(super) fn conclude(&self) -> Result<(), TokenError> {
        if self.is_made {
            Ok(())
        } else if self.namesakes > 0 {
            Err(TokenError::BadSignature)
        } else {
            Err(TokenError::UnknownKey)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_keys::{self as keys, named, public, set};
    use super::*;

    const SIGNED: Signed<'_> =
        Signed { algorithm: "ES256", key_id: Some("k"), data: b"data", signature: &[0; 64] };

    fn search(jwks: &[serde_json::Value], signed: &Signed<'_>) -> Proof {
        let algorithm = PublicAlgorithm::named(signed.algorithm).unwrap();
        Proof::search(set(jwks).keys().iter(), algorithm, signed)
    }

    /// The places of the keys that are asked about, if none of them made it.
    fn asked(jwks: &[serde_json::Value], signed: &Signed<'_>) -> Vec<usize> {
        let mut proof = search(jwks, signed);
        let mut places = Vec::new();
        while let Some(key) = proof.candidate() {
            places.push(key.place());
            proof.answer(Answer::NotMade);
        }
        places
    }

    #[test]
    fn only_keys_that_may_have_made_it_are_asked_about() {
        let jwks = [
            named(keys::RS256, "k"),
            named(keys::ES256, "k"),
            named(keys::ES256, "x"),
            named(keys::EDDSA, "k"),
            public(keys::OTHER_ES256),
        ];
        assert_eq!(asked(&jwks, &SIGNED), [2, 5]);
        assert_eq!(asked(&jwks, &Signed { key_id: None, ..SIGNED }), [2, 3, 5]);
        assert_eq!(asked(&jwks, &Signed { algorithm: "Ed25519", ..SIGNED }), [4]);
        for length in [0, 1, 63, 65, 70, 71, 72, 256, 4096] {
            let signature = vec![0; length];
            assert_eq!(asked(&jwks, &Signed { signature: &signature, ..SIGNED }), [0; 0]);
        }
        let rs256 = Signed { algorithm: "RS256", signature: &[0; 256], ..SIGNED };
        assert_eq!(asked(&jwks, &rs256), [1]);
    }

    #[test]
    fn nothing_but_a_yes_to_an_open_question_makes_a_signature_valid() {
        let jwks = [named(keys::ES256, "k"), public(keys::OTHER_ES256)];
        let forged = Err(TokenError::BadSignature);
        let mut proof = search(&jwks, &SIGNED);
        assert_eq!(proof.conclude(), forged, "nobody was asked");
        proof.answer(Answer::NotMade);
        assert_eq!(proof.conclude(), forged, "not everybody was");
        proof.answer(Answer::NotMade);
        assert!(proof.candidate().is_none());
        proof.answer(Answer::Made);
        assert_eq!(proof.conclude(), forged, "nothing was asked");

        let mut proof = search(&[], &SIGNED);
        proof.answer(Answer::Made);
        assert_eq!(proof.conclude(), Err(TokenError::UnknownKey));

        let mut proof = search(&jwks, &SIGNED);
        proof.answer(Answer::Made);
        assert!(proof.candidate().is_none(), "one is enough");
        proof.answer(Answer::NotMade);
        assert_eq!(proof.conclude(), Ok(()));
    }

    #[test]
    fn a_key_that_the_platform_refuses_is_as_one_that_is_not_there() {
        let mut proof = search(&[named(keys::ES256, "k")], &SIGNED);
        proof.answer(Answer::Unusable);
        assert_eq!(proof.conclude(), Err(TokenError::UnknownKey));

        let jwks = [named(keys::ES256, "k"), named(keys::OTHER_ES256, "k")];
        let mut proof = search(&jwks, &SIGNED);
        proof.answer(Answer::Unusable);
        assert_eq!(proof.candidate().map(PublicKey::place), Some(2));
        proof.answer(Answer::NotMade);
        assert_eq!(proof.conclude(), Err(TokenError::BadSignature), "there is one besides");

        let mut proof = search(&jwks, &SIGNED);
        proof.answer(Answer::Unusable);
        proof.answer(Answer::Made);
        assert_eq!(proof.conclude(), Ok(()));
    }
}
