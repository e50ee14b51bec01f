import { BlockList, isIP } from 'node:net';

/**
 * What is not the public internet, and metadata services beside it (168.63.129.16 is Azure's; the others' lie in
 * ranges that are private anyway). From the IANA registries of special-purpose addresses.
 */
const v4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;

/** Of the addresses in `publicV6`: Teredo and its neighbours, documentation. */
const v6 = ['2001::/23', '2001:db8::/32', '3fff::/20'] as const;

/** Global unicast; IPv4 as mapped and through NAT64. All else is local, multicast, or not given out. */
const publicV6 = ['2000::/3', '::ffff:0:0/96', '64:ff9b::/96'] as const;

const refused = new BlockList();
const allowed = new BlockList();
for (const range of v4) {
  const [network, bits] = split(range);
  refused.addSubnet(network, bits, 'ipv4');
  // The same address in IPv6's clothes: mapped, through NAT64, and 6to4.
  for (const prefix of ['::ffff:', '64:ff9b::']) refused.addSubnet(`${prefix}${network}`, 96 + bits, 'ipv6');
  refused.addSubnet(`2002:${hexPairs(network)}::`, 16 + bits, 'ipv6');
}
for (const range of v6) refused.addSubnet(...split(range), 'ipv6');
for (const range of publicV6) allowed.addSubnet(...split(range), 'ipv6');

/**
 * Whether an IP address belongs to this machine, its network or nobody: loopback, private, link-local, shared (CGNAT),
 * multicast, reserved, a metadata service, or one of those wrapped into IPv6. So does whatever is no address.
 */
export function isPrivateAddress(address: string): boolean {
  const [plain = ''] = address.split('%');
  switch (isIP(plain)) {
    case 4:
      return refused.check(plain, 'ipv4');
    case 6:
      return refused.check(plain, 'ipv6') || !allowed.check(plain, 'ipv6');
    default:
      return true;
  }
}

/** Of the host of a WHATWG URL: an address written out, however oddly, or a name that means this machine by its definition. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/\.$/, '');
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  const address = host.replace(/^\[(.*)\]$/, '$1');
  return isIP(address) !== 0 && isPrivateAddress(address);
}

function split(range: string): [network: string, bits: number] {
  const [network, bits] = range.split('/') as [string, string];
  return [network, Number(bits)];
}

/** `10.0.0.1` as `0a00:0001`. */
function hexPairs(address: string): string {
  const hex = Buffer.from(address.split('.').map(Number)).toString('hex');
  return `${hex.slice(0, 4)}:${hex.slice(4)}`;
}
