#!/usr/bin/env python3
"""signal_matrix.py IMAGE PROGRAM [OPTION...]: what becomes of every signal that a client gets.

Runs `PROGRAM OPTION... run` and `exec`, each with and without a terminal, with a command that catches
every signal, sends the client one after another and prints a table:

  container  the command in the container got it
  client     the client ended by it; the container goes on
  stops      the client stopped, and went on with SIGCONT
  nothing    neither

Works with podman as well. The exit status is that of the measurement, not of the result."""
import os, pty, queue, signal, subprocess, sys, threading, time

IMAGE, COMMAND = sys.argv[1], sys.argv[2:]
SIGNALS = [s for s in range(1, signal.SIGRTMAX + 1) if s not in (signal.SIGKILL, signal.SIGSTOP, 32, 33)]
CATCH = """mkfifo /tmp/f-$$; exec 3<>/tmp/f-$$; i=1
while [ $i -lt 65 ]; do [ $i = 9 ] || [ $i = 19 ] || trap "echo got-$i-" $i 2>/dev/null; i=$((i+1)); done
echo ready-
while :; do read -t 1 x <&3; done"""
# more than read's second: the shell sleeps it when a signal came between its look for one and its read
PATIENCE = 4


def name_of(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return "SIGRTMIN+%d" % (number - 34)


class Client:
    """One running client and what it has printed."""

    def __init__(self, words, terminal):
        # a process group of its own with a parent in the session: else the kernel discards what stops
        self.text, self.lock = "", threading.Condition()
        if terminal:
            self.end, slave = pty.openpty()
            self.process = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave, process_group=0)
            os.close(slave)
            self.out = self.end
        else:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, process_group=0)
            self.out = self.process.stdout.fileno()
        threading.Thread(target=self.read, daemon=True).start()
        if not self.wait_text("ready-", 30):
            raise RuntimeError("the command did not start: %r" % self.text)

    def read(self):
        while True:
            try:
                data = os.read(self.out, 4096)
            except OSError:
                data = b""
            with self.lock:
                self.text += data.decode(errors="replace")
                self.lock.notify_all()
            if not data:
                return

    def wait_text(self, what, seconds):
        with self.lock:
            return self.lock.wait_for(lambda: what in self.text, seconds)

    def became(self, number):
        os.kill(self.process.pid, number)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.wait_text("got-%d-" % number, 0.02):
                return "container"
            pid, status = os.waitpid(self.process.pid, os.WNOHANG | os.WUNTRACED)
            if pid and os.WIFSTOPPED(status):
                os.kill(pid, signal.SIGCONT)
                return "stops"
            if pid:
                # a shell's or a launcher's 128+N says the same
                self.process.returncode = status
                by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status) - 128
                return "client" if by == number else "exit %d" % os.waitstatus_to_exitcode(status)
        return "nothing"

    def alive(self):
        return self.process.returncode is None and self.process.poll() is None

    def close(self):
        if self.alive():
            self.process.kill()
            self.process.wait()


def column(verb, terminal, out):
    """Measures one column; a client that has ended is replaced."""
    base = "matrix-%s-%d-%d" % (verb, terminal, os.getpid())
    flags = ["--tty", "--interactive"] if terminal else []
    count, client, found = 0, None, {}
    if verb == "exec":
        subprocess.run(COMMAND + ["run", "-d", "--network", "none", "--name", base, IMAGE, "sleep", "600"], check=True,
                       stdout=subprocess.DEVNULL)
    try:
        for number in SIGNALS:
            if client is None or not client.alive():
                count += 1
                if verb == "run":
                    words = ["run", "--network", "none", "--name", "%s-%d" % (base, count), *flags, IMAGE]
                else:
                    words = ["exec", *flags, base]
                client = Client(COMMAND + words + ["sh", "-c", CATCH], terminal)
            found[number] = client.became(number)
        client.close()
    finally:
        names = [base] if verb == "exec" else ["%s-%d" % (base, i + 1) for i in range(count)]
        subprocess.run(COMMAND + ["rm", "-f", "-t", "0", *names], stdout=subprocess.DEVNULL)
    out.put(((verb, terminal), found))


def main():
    out, columns = queue.Queue(), [("run", False), ("run", True), ("exec", False), ("exec", True)]
    threads = [threading.Thread(target=column, args=(*c, out)) for c in columns]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    found = dict(out.get() for _ in range(out.qsize()))
    if len(found) != len(columns):
        return 1
    print("%-14s %-10s %-10s %-10s %-10s" % ("signal", "run", "run -t", "exec", "exec -t"))
    for number in SIGNALS:
        print("%-14s %-10s %-10s %-10s %-10s" % (name_of(number), *[found[c][number] for c in columns]))
    return 0


sys.exit(main())
