import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPrivateAddress, isPrivateHost } from '../../src/sinks/private-address.ts';

const words = (...lines: string[]) => lines.flatMap((line) => line.split(' '));
const publicOf = (addresses: readonly string[]) => addresses.filter((address) => !isPrivateAddress(address));
const privateHostsOf = (urls: readonly string[]) =>
  urls.filter((url) => isPrivateHost(new URL(url).hostname));

test('addresses of this machine, its network, metadata services and nobody are private', () => {
  const addresses = words(
    '0.0.0.0 10.1.2.3 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16 169.254.169.254',
    '172.16.0.1 172.31.255.255 192.168.1.1 192.0.0.192 198.18.0.1 224.0.0.1 239.255.255.255 240.0.0.1',
    '255.255.255.255 :: ::1 fe80::1 fe80::1%eth0 fec0::1 fc00::1 fd00:ec2::254 ff02::1 2001:db8::1',
    '2001::1 100::1 5f00::1 no-address',
  );
  assert.deepEqual(publicOf([...addresses, '']), []);
});

test('public addresses are not', () => {
  const addresses = words(
    '1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 169.253.0.1',
    '192.167.0.1 223.255.255.255 168.63.129.17 2606:4700::1111 2a00:1450:4001::64 ::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8 2002:808:808::1',
  );
  assert.deepEqual(publicOf(addresses), addresses);
});

test('a private IPv4 address is one in any of its IPv6 forms', () => {
  const addresses = words(
    '::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:a9fe:a9fe ::127.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::10.0.0.1',
    '64:ff9b::a9fe:a9fe 64:ff9b:1::8.8.8.8 2002:7f00:1:: 2002:a9fe:a9fe::1 2002:c0a8:101::1',
  );
  assert.deepEqual(publicOf(addresses), []);
});

test('odd spellings of an address in a URL are seen through', () => {
  const urls = words(
    'http://127.1/ http://2130706433/ http://0x7f.1/ http://0177.0.0.1/ http://0/ http://127.0.0.1./',
    'http://[::ffff:127.0.0.1]/ http://[0:0:0:0:0:0:0:1]/ http://１27.0.0.1/ http://169.254.43518/',
    'http://localhost/ http://LOCALHOST./ http://app.localhost:8080/',
  );
  assert.deepEqual(privateHostsOf(urls), urls);
});

test('a name says nothing before it is looked up', () => {
  const urls = words(
    'https://hooks.example/ https://127.0.0.1.example/ https://8.8.8.8/ https://[2606:4700::1]/',
  );
  assert.deepEqual(privateHostsOf(urls), []);
});
