export function RoomPage({ party, room }: { party: string; room: string }) {
  return (
    <main>
      {party} {room}
    </main>
  );
}
