/** What went wrong last. Stays until it is dismissed: nobody reads to a timer. */
export function ErrorAlert({
  text,
  onDismiss,
}: {
  text: string | undefined;
  onDismiss: () => void;
}) {
  return (
    <div role="alert">
      {text !== undefined && (
        <div id="error" data-testid="error">
          <p>{text}</p>
          <button type="button" className="link" onClick={onDismiss}>
            Dismiss
          </button>
        </div>
      )}
    </div>
  );
}
