/** The part of the store port that is about logins. A login lives in a cookie; only those that people ended are kept here. */
export interface SessionStore {
  /** Ends a login for all replicas. @param expiresAt when its cookie is worthless anyway, in milliseconds since the epoch */
  endSession(id: string, expiresAt: number): Promise<void>;
  /** The ids of ended logins whose cookies would still be good. */
  endedSessions(now: number): Promise<ReadonlySet<string>>;
}
