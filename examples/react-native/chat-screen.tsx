/**
 * A chat screen for React Native. What a phone adds: an app that is put aside keeps its socket for a while and then
 * loses it without a word, so the room is asked to look when the app comes back; and what was written without a network
 * is kept in AsyncStorage and sent under its id, even if the app was ended in between.
 *
 * Compiled here and not run: React Native is not installed, and react-native.d.ts stands in its place. To use it, leave
 * that file out, install the client package and `@react-native-async-storage/async-storage`, and give the screen a host
 * that the phone can reach (not `localhost`).
 */

import AsyncStorage from "@react-native-async-storage/async-storage";
import { keepOutboxIn } from "durable-rooms";
import { useMessages, usePresence, useReceipts, useRoom, useTyping } from "durable-rooms/react";
import { useEffect, useMemo, useState } from "react";
import { AppState, Button, FlatList, Text, TextInput, View } from "react-native";

export interface ChatScreenProps {
  host: string;
  roomName: string;
  user: { id: string; username: string };
  /** From the application's backend; asked for each connection and each renewal. */
  getToken(): Promise<string>;
}

export function ChatScreen({ host, roomName, user, getToken }: ChatScreenProps) {
  const { room, connection } = useRoom({
    host,
    room: roomName,
    userId: user.id,
    username: user.username,
    token: getToken,
    storage: keepOutboxIn(AsyncStorage, `outbox/${roomName}/${user.id}`),
  });
  const { messages, loadEarlier, send, retry, discard } = useMessages(room);
  const { users } = usePresence(room);
  const { typists, typing } = useTyping(room);
  const { markRead } = useReceipts(room);
  const [text, setText] = useState("");

  useEffect(() => {
    const listening = AppState.addEventListener("change", (state) => {
      const isHere = state === "active";
      if (isHere) room.wake();
      room.setPresence({ status: isHere ? "active" : "away" });
    });
    return () => listening.remove();
  }, [room]);

  const last = messages.findLast(({ seq }) => seq !== undefined)?.seq;
  useEffect(() => {
    if (last !== undefined) markRead(last);
  }, [last, markRead]);

  const newestFirst = useMemo(() => messages.toReversed(), [messages]);

  const submit = () => {
    if (text.trim() === "") return;
    // A refused message stays in the list as failed.
    send(text);
    setText("");
  };

  return (
    <View style={{ flex: 1 }}>
      <Text>
        {connection.status === "open" ? `${users.length} here` : "Waiting for the network"}
      </Text>
      <FlatList
        inverted
        data={newestFirst}
        keyExtractor={({ key }) => key}
        onEndReached={() => {
          loadEarlier().catch(() => {});
        }}
        renderItem={({ item }) => (
          <View>
            <Text>
              {item.username}: {item.message} {item.status ?? ""}
            </Text>
            {item.status === "failed" && (
              <View>
                <Button title="Send again" onPress={() => void retry(item.messageId)} />
                <Button title="Discard" onPress={() => discard(item.messageId)} />
              </View>
            )}
          </View>
        )}
      />
      {typists.length > 0 && <Text>{typists.map(({ username }) => username).join(", ")} …</Text>}
      <TextInput
        value={text}
        placeholder="Message"
        onChangeText={(next) => {
          setText(next);
          typing();
        }}
        onSubmitEditing={submit}
      />
      <Button title="Send" disabled={text.trim() === ""} onPress={submit} />
    </View>
  );
}
