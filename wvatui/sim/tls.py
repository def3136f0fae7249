"""A throw-away certificate authority, a server certificate for loopback and a client's."""

import datetime
import ipaddress
import ssl
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = datetime.timedelta(days=2)


class Authority(NamedTuple):
    """Certificates and keys as PEM texts. They are valid for the life of the simulator."""

    ca: str
    server_certificate: str
    server_key: str
    client_certificate: str
    client_key: str


def make_authority(client_name: str) -> Authority:
    """A new CA with a certificate for 127.0.0.1 and one for the user `client_name`."""
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = _name("wvatui simulated cluster")
    ca = (
        _builder(ca_name, ca_name, ca_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), False)
        .sign(ca_key, hashes.SHA256())
    )
    loopback = [
        x509.DNSName("localhost"),
        x509.DNSName("kubernetes"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    server_key, client_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    server = _leaf(
        ca_key,
        ca_name,
        _name("kube-apiserver"),
        server_key,
        ExtendedKeyUsageOID.SERVER_AUTH,
        loopback,
    )
    client = _leaf(
        ca_key, ca_name, _name(client_name), client_key, ExtendedKeyUsageOID.CLIENT_AUTH, []
    )
    return Authority(_pem(ca), _pem(server), _key(server_key), _pem(client), _key(client_key))


def server_context(authority: Authority, folder: Path) -> ssl.SSLContext:
    """TLS settings of the server; client certificates are requested, but not required."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    pair = folder / "server.pem"
    pair.touch(mode=0o600)
    pair.write_text(authority.server_certificate + authority.server_key, encoding="utf-8")
    context.load_cert_chain(pair)
    pair.unlink()
    context.load_verify_locations(cadata=authority.ca)
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


def _leaf(
    ca_key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    use: x509.ObjectIdentifier,
    names: list[x509.GeneralName],
) -> x509.Certificate:
    builder = (
        _builder(subject, issuer, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), False
        )
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(ca_key, hashes.SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + LIFE)
    )


def _usage(*, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign,
        crl_sign=sign,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
