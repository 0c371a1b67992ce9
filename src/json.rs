//! Reading JSON as those who write it mean it: a whole number is one however it is spelled, and an object is no array.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Reads an object. All JSON is read here, as bytes: what reads text is another copy of serde's code, and so is what would take an
/// array for an object.
pub(crate) fn read<'a, T: Deserialize<'a>>(
    json: &'a (impl AsRef<[u8]> + ?Sized),
) -> serde_json::Result<T> {
    read_any(json).map(|Object(value)| value)
}

/// Reads what need not be an object.
pub(crate) fn read_any<'a, T: Deserialize<'a>>(
    json: &'a (impl AsRef<[u8]> + ?Sized),
) -> serde_json::Result<T> {
    serde_json::from_slice(json.as_ref())
}

/// A number without a fraction, be it spelled `7.0`, as some languages do; then it goes to 2^53, where a double ends to tell whole numbers
/// apart, and may be rounded near there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole(pub(crate) u64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Whole;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number that is not negative")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Whole, E> {
                Ok(Whole(number))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Whole, E> {
                let unexpected = serde::de::Unexpected::Signed(number);
                u64::try_from(number).map(Whole).map_err(|_| E::invalid_value(unexpected, &self))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Whole, E> {
                // The largest below which every whole number has a double of its own.
                const END: f64 = 9_007_199_254_740_992.0;
                if number.fract() == 0.0 && (0.0..END).contains(&number) {
                    return Ok(Whole(number as u64));
                }
                Err(E::invalid_value(serde::de::Unexpected::Float(number), &self))
            }
        }
        deserializer.deserialize_u64(Number)
    }
}

/// Reads a field that may be left out: a [`Whole`] of 32 bits.
pub(crate) fn whole_u32<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u32>, D::Error> {
    let number = Option::<Whole>::deserialize(deserializer)?;
    let too_large = |_| D::Error::custom("this number is too large");
    number.map(|Whole(number)| u32::try_from(number).map_err(too_large)).transpose()
}

/// An object that is read as `T`. Serde by itself takes an array for a struct as well, its items for the fields.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(json: &str) -> Option<u64> {
        serde_json::from_str(json).ok().map(|Whole(number)| number)
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_spelled() {
        for json in ["7", "7.0", "7e0", "0.7e1", "70E-1"] {
            assert_eq!(whole(json), Some(7), "{json}");
        }
        assert_eq!(whole("-0.0"), Some(0));
        assert_eq!(whole("1760000000000.0"), Some(1_760_000_000_000));
        assert_eq!(whole(&u64::MAX.to_string()), Some(u64::MAX));
    }

    #[test]
    fn what_is_no_whole_number_is_refused() {
        for json in ["-1", "7.5", "-7.0", "9007199254740992.0", "1e300", "\"7\"", "null", "true"] {
            assert_eq!(whole(json), None, "{json}");
        }
    }

    #[test]
    fn an_array_is_no_object() {
        #[derive(Debug, Deserialize)]
        struct Name {
            name: String,
        }
        let read = |json| serde_json::from_str::<Object<Name>>(json).map(|Object(name)| name.name);
        assert_eq!(read(r#"{"name":"x"}"#).unwrap(), "x");
        assert!(read(r#"["x"]"#).is_err());
    }
}
