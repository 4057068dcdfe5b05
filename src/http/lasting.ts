/** For an answer that does not end by itself. */
export interface Lasting {
  /** The connection is now for this answer alone, and is not counted as that of a sender. */
  readonly begun: () => void;
  /** Closes the connection, even if its reader takes nothing more. */
  readonly cut: () => void;
}
