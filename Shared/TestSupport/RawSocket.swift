internal import Foundation
internal import Glibc

/// A TCP connection to a server on this machine, for bytes that no client would send.
public final class RawSocket: Sendable {
    /// How long a read waits before it fails.
    private static let patience = 10

    private let descriptor: Int32

    /// Connects to 127.0.0.1.
    ///
    /// - Parameter source: the address of this machine that it comes from.
    public init(port: Int, from source: String = "127.0.0.1") throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard Self.address(source, 0, { Glibc.bind(descriptor, $0, $1) }) == 0 else {
            throw RawSocketError("cannot come from \(source)")
        }
        guard Self.address("127.0.0.1", port, { connect(descriptor, $0, $1) }) == 0 else {
            throw RawSocketError("cannot connect to \(port)")
        }
        var wait = timeval(tv_sec: Self.patience, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
    }

    private static func address(
        _ host: String, _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr(host)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    deinit { close(descriptor) }

    /// Sends text as it stands.
    public func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Sends bytes as they stand; what the other side no longer takes is dropped.
    public func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Says that nothing more will be sent.
    public func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Everything until the other side closes.
    public func readToEnd() async throws -> String { try await read { _ in false } }

    /// Everything until `marker` has come.
    public func read(until marker: String) async throws -> String {
        try await read { $0.contains(marker) }
    }

    /// At least `count` bytes.
    public func read(atLeast count: Int) async throws -> [UInt8] {
        try await bytes { $0.count >= count }
    }

    private func read(_ isEnough: @escaping @Sendable (String) -> Bool) async throws -> String {
        String(
            decoding: try await bytes { isEnough(String(decoding: $0, as: UTF8.self)) },
            as: UTF8.self)
    }

    /// Reads on a thread of its own: it blocks.
    private func bytes(
        _ isEnough: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { [self] in
                continuation.resume(with: Result { try blockingBytes(isEnough) })
            }
        }
    }

    private func blockingBytes(_ isEnough: ([UInt8]) -> Bool) throws -> [UInt8] {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while !isEnough(all) {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count == 0 || count < 0 && errno == ECONNRESET { return all }
            guard count > 0 else {
                throw RawSocketError(
                    "nothing more came after: \(String(decoding: all, as: UTF8.self))")
            }
            all += chunk[..<count]
        }
        return all
    }
}

/// Why a raw connection did not do what a test needs.
public struct RawSocketError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
