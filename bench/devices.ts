import { count, type Measurement } from "./figures.ts";
import { watchMemory, withDatabase } from "./server.ts";
import { type Shop, signed } from "./shop.ts";
import type { Stage } from "./stage.ts";

const customerId = 900;

/** G. The list of a user's devices, plain and packed, and what it costs the server in memory. */
export async function measureDevices(stage: Stage, { server, dataDir }: Shop): Promise<Measurement> {
  const devices = stage.quick ? 10_000 : 100_000;
  await withDatabase(dataDir, async (client) => {
    await client.query(
      "insert into customer (organization_id, id, name, identity) values (1, $1, 'bench@example.com', 'bench@example.com')",
      [customerId],
    );
    await client.query(
      `insert into device (organization_id, id, customer_id, kind, name, registered_at)
       select 1, 1000 + n, $1, 'phone', 'phone' || n, now() from generate_series(1, $2::int) as n`,
      [customerId, devices],
    );
    await client.query(
      `insert into phone_account (organization_id, device_id, type, host, port)
       select 1, 1000 + n, 'SIP', '192.0.2.1', 5060 from generate_series(1, $1::int) as n`,
      [devices],
    );
    await client.query("vacuum analyze");
  });
  const url = `http://127.0.0.1:${server.port}/billing/api/devices_get?u=owner&user_id=${customerId}&hash=${signed(`${customerId}`)}`;
  const list = async (encoding: "identity" | "gzip") => {
    stage.progress(`G: ${devices} devices, ${encoding}`);
    const { growthMb, seconds } = await watchMemory(server.pid, async () => {
      const response = await fetch(url, { headers: { "accept-encoding": encoding } });
      const packed = response.headers.get("content-encoding");
      const found = (await response.text()).split("</device>").length - 1;
      if (found !== devices || (encoding === "gzip") !== (packed === "gzip"))
        throw new Error(`${found} devices, ${packed}`);
    });
    return { growthMb, seconds };
  };
  const plain = await list("identity");
  const gzip = await list("gzip");
  return {
    bounds: [
      { name: "G  memory for a list of devices", value: plain.growthMb, kind: "max", limit: 60, unit: "MB" },
      { name: "G  memory for the same, packed", value: gzip.growthMb, kind: "max", limit: 60, unit: "MB" },
    ],
    notes: [`G  ${count(devices)} devices in ${plain.seconds.toFixed(1)} s, packed in ${gzip.seconds.toFixed(1)} s`],
    raw: { devices, plain, gzip },
  };
}
