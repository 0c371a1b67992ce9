import { Dialog } from "./dialog.tsx";

/** Asks once. */
export function Confirm({
  title,
  text,
  verb,
  onConfirm,
  onClose,
}: {
  title: string;
  text: string;
  /** On the button. */
  verb: string;
  onConfirm: () => void;
  onClose: () => void;
}) {
  return (
    <Dialog label={title} onClose={onClose}>
      <h2>{title}</h2>
      <p>{text}</p>
      <div className="dialog-buttons">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          className="primary"
          data-testid="confirm"
          onClick={() => {
            onConfirm();
            onClose();
          }}
        >
          {verb}
        </button>
      </div>
    </Dialog>
  );
}
