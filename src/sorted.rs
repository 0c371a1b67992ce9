//! Maps and sets in order: the same run to run, as everything in the core has to be.
//!
//! They are vectors that are kept sorted. A `BTreeMap` costs 8 KB of WASM for each pair of types it is used with, which made a seventh of the
//! Worker; a vector costs a few hundred bytes, and is faster while it is short, as most are. Putting something in or taking it out moves what comes
//! after it: somebody who joins 30,000 others takes the core 40 µs rather than 4. So entries of long maps are small, and many that are in no order
//! go through a set, which sorts once.

use std::collections::BinaryHeap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use litemap::LiteMap;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Values by key, in the order of the keys. As JSON it is an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map<K, V>(LiteMap<K, V>);

impl<K, V> Map<K, V> {
    /// An empty one.
    pub const fn new() -> Self {
        Self(LiteMap::new_vec())
    }

    /// Takes those out for which this is so.
    pub fn take_if(&mut self, mut condition: impl FnMut(&K, &V) -> bool) -> Vec<(K, V)> {
        let entries = std::mem::take(self).into_iter();
        let (taken, left) = entries.partition(|(key, value)| condition(key, value));
        self.0 = LiteMap::from_sorted_store_unchecked(left);
        taken
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> Deref for Map<K, V> {
    type Target = LiteMap<K, V>;

    fn deref(&self) -> &LiteMap<K, V> {
        &self.0
    }
}

impl<K, V> DerefMut for Map<K, V> {
    fn deref_mut(&mut self) -> &mut LiteMap<K, V> {
        &mut self.0
    }
}

/// Of several with the same key the last one stays. For many the entries had better be in order.
impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_tuple_vec().into_iter()
    }
}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = <&'a LiteMap<K, V> as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        (&self.0).into_iter()
    }
}

impl<'a, K, V> IntoIterator for &'a mut Map<K, V> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = <&'a mut LiteMap<K, V> as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        (&mut self.0).into_iter()
    }
}

impl<K: Serialize, V: Serialize> Serialize for Map<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>> Deserialize<'de> for Map<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<K, V>(PhantomData<(K, V)>);
        impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
            type Value = Map<K, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Map::new();
                while let Some((key, value)) = map.next_entry()? {
                    entries.insert(key, value);
                }
                Ok(entries)
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl<K: schemars::JsonSchema, V: schemars::JsonSchema> schemars::JsonSchema for Map<K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        std::collections::BTreeMap::<K, V>::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        std::collections::BTreeMap::<K, V>::json_schema(generator)
    }
}

/// Values in order, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set<T>(Vec<T>);

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Ord> Set<T> {
    /// Whether it is in it.
    pub fn contains(&self, value: &T) -> bool {
        self.0.binary_search(value).is_ok()
    }

    /// Puts it in, if it is not.
    pub fn insert(&mut self, value: T) {
        if let Err(place) = self.0.binary_search(&value) {
            self.0.insert(place, value);
        }
    }

    /// Takes it out, if it is in it.
    pub fn remove(&mut self, value: &T) {
        if let Ok(place) = self.0.binary_search(value) {
            self.0.remove(place);
        }
    }
}

/// All of them as a vector.
impl<T> From<Set<T>> for Vec<T> {
    fn from(set: Set<T>) -> Self {
        set.0
    }
}

impl<T> Deref for Set<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut values: Vec<T> = values.into_iter().collect();
        if !values.is_sorted() {
            // A tenth of the code of a slice's sort, and twice its time.
            values = BinaryHeap::from(values).into_sorted_vec();
        }
        values.dedup();
        Self(values)
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Set<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_hold_what_trees_hold(steps in prop::collection::vec((any::<bool>(), 0u8..20, any::<u8>()), 0..100)) {
            let (mut map, mut set) = (Map::new(), Set::default());
            let (mut tree, mut tree_set) = (BTreeMap::new(), BTreeSet::new());
            for (insert, key, value) in &steps {
                if *insert {
                    prop_assert_eq!(map.insert(*key, *value), tree.insert(*key, *value));
                    set.insert(*key);
                    tree_set.insert(*key);
                } else {
                    prop_assert_eq!(map.remove(key), tree.remove(key));
                    set.remove(key);
                    tree_set.remove(key);
                }
                prop_assert_eq!(set.contains(key), tree_set.contains(key));
            }
            prop_assert!(map.iter().eq(&tree));
            prop_assert!(set.iter().eq(&tree_set));
            let pairs = steps.iter().map(|(_, key, value)| (*key, *value));
            prop_assert!(pairs.clone().collect::<Map<_, _>>().iter().eq(&pairs.clone().collect::<BTreeMap<_, _>>()));
            prop_assert!(pairs.clone().collect::<Set<_>>().iter().eq(&pairs.collect::<BTreeSet<_>>()));
        }
    }

    #[test]
    fn a_map_is_an_object_as_json() {
        let read = |json| serde_json::from_str::<Map<String, u8>>(json);
        let map = read(r#"{"b":1,"a":2,"b":3}"#).unwrap();
        assert_eq!(serde_json::to_string(&map).unwrap(), r#"{"a":2,"b":3}"#);
        assert!(read(r#"[["a",1]]"#).is_err());
    }
}
