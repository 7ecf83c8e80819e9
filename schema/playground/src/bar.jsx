import { useState, useSyncExternalStore } from "react";

function SignIn({ session, notice }) {
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);

  async function submit(event) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(null);
    try {
      await session.signIn(form.get("email"), form.get("password"));
    } catch (error) {
      setProblem(error.message);
      setBusy(false);
    }
  }

  return (
    <form onSubmit={submit} aria-label="Sign in">
      <span role="alert">{problem ?? notice}</span>
      <input name="email" type="email" placeholder="E-mail" aria-label="E-mail" autoComplete="username" required />
      <input
        name="password"
        type="password"
        placeholder="Password"
        aria-label="Password"
        autoComplete="current-password"
        required
      />
      <button disabled={busy}>Sign in</button>
    </form>
  );
}

export function Bar({ session, onResetTabs }) {
  const { email, token, notice } = useSyncExternalStore(session.subscribe, session.snapshot);
  return (
    <header className="bar">
      <strong>Argosy</strong>
      <button type="button" onClick={onResetTabs} title="Close all tabs and open the ready ones again">
        Reset tabs
      </button>
      {token ? (
        <div className="who">
          <span>
            Signed in as <b>{email}</b>
          </span>
          <button type="button" onClick={() => session.signOut()}>
            Sign out
          </button>
        </div>
      ) : (
        <SignIn session={session} notice={notice} />
      )}
    </header>
  );
}
