/** In the composer's place when the connection is closed for good. */
export function Ended({ why, onRetry }: { why: string; onRetry: () => void }) {
  return (
    <section id="ended" aria-label="Disconnected" data-testid="ended">
      <p role="alert">{why}</p>
      <button type="button" className="primary" data-testid="retry" onClick={onRetry}>
        Try again
      </button>
    </section>
  );
}
