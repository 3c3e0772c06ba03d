/** A wire in front of a server that can lose answers: the server has given them, and the client never gets them. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

export interface Cutter {
  url: string;
  /** How many answers with a secret in them are still to be lost: `cut` ends the connection, `hold` stays silent. */
  lose(count: number, how: 'cut' | 'hold'): void;
  /** Resolves when an answer was lost. */
  lost(): Promise<void>;
  /** Everything that clients sent. */
  sent(): string;
}

/** Runs `act` with a wire to the server at `url`. */
export async function withCutter<T>(url: string, act: (cutter: Cutter) => Promise<T>): Promise<T> {
  const { hostname, port } = new URL(url);
  let left = 0;
  let manner: 'cut' | 'hold' = 'cut';
  let sent = '';
  let announce = (): void => undefined;
  let announced = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const open = new Set<{ destroy(): void }>();
  const wire = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (data) => {
      sent += data.toString('latin1');
      server.write(data);
    });
    server.on('data', (data) => {
      if (left === 0 || !data.includes('secret_value')) {
        client.write(data);
        return;
      }
      left--;
      if (manner === 'cut') client.destroy();
      announce();
    });
  });
  wire.listen(0, '127.0.0.1');
  await once(wire, 'listening');
  try {
    return await act({
      url: `http://127.0.0.1:${(wire.address() as AddressInfo).port}`,
      lose: (count, how) => {
        left = count;
        manner = how;
        announced = new Promise((resolve) => {
          announce = resolve;
        });
      },
      lost: () => announced,
      sent: () => sent,
    });
  } finally {
    for (const socket of open) socket.destroy();
    wire.close();
  }
}
