internal import Crypto
internal import Runtime

/// Gets the CDNOW file: out of the package `lifetimes` on PyPI, by name and checksum, once.
struct PurchaseFile: Sendable {
    static let package = "lifetimes==0.11.3"
    /// The start of the wheel's name, whose case differs between indexes.
    static let wheel = "lifetimes-0.11.3"
    static let wheelDigest = "261e3dc89977c2b60767ca6728aaa29d429de0c814635070a749c36555895da8"
    static let member = "lifetimes/datasets/CDNOW_sample.txt"
    static let digest = "6fae10155c0b0ba363c2c386e30f77990d22328220efd862a5edd1443420d94a"
    /// Names a file on this machine instead, which may be any in the same form.
    static let localKey = "SOUK_CDNOW_FILE"

    let settings: PlatformSettings
    let environment: [String: String]
    let loop: EventLoop

    private var cached: String { settings.data + "/CDNOW_sample.txt" }

    /// - Throws: `Complaint` that says how to get it otherwise.
    func load() async throws -> PurchaseLog {
        if let path = environment[Self.localKey], !path.isEmpty {
            guard let text = PlatformFiles.read(path, limit: 64 << 20) else {
                throw Complaint(
                    "\(Self.localKey) is \"\(path)\": it cannot be read.",
                    status: ExitStatus.configuration)
            }
            return try PurchaseLog(parsing: text)
        }
        if !isGenuine(cached, Self.digest) { try await download() }
        guard let text = PlatformFiles.read(cached, limit: 64 << 20) else {
            throw Complaint("\(cached) cannot be read.")
        }
        return try PurchaseLog(parsing: text)
    }

    private func isGenuine(_ path: String, _ digest: String) -> Bool {
        PlatformFiles.bytes(path, limit: 64 << 20).map { Digest.hex(Digest.sha256($0)) } == digest
    }

    private func download() async throws {
        try PlatformFiles.makeDirectory(settings.data)
        if wheel() == nil {
            Terminal.write("Downloading the purchase log (\(Self.package) on PyPI).\n", to: 2)
            try await python([
                "-m", "pip", "download", "--no-deps", "--quiet", "--disable-pip-version-check",
                "--only-binary", ":all:", "--dest", settings.data, Self.package,
            ])
        }
        guard let wheel = wheel() else {
            throw refusal("What PyPI gave for \(Self.package) has another checksum.")
        }
        try await python(["-m", "zipfile", "-e", wheel, settings.data + "/lifetimes"])
        let unpacked = "\(settings.data)/lifetimes/\(Self.member)"
        guard isGenuine(unpacked, Self.digest), let text = PlatformFiles.read(unpacked) else {
            throw refusal("\(Self.member) of \(Self.package) has another checksum.")
        }
        try PlatformFiles.write(text, to: cached)
    }

    /// The path of the genuine wheel; nil when there is none.
    private func wheel() -> String? {
        PlatformFiles.entries(of: settings.data)
            .filter { $0.lowercased().hasPrefix(Self.wheel) && $0.hasSuffix(".whl") }
            .map { "\(settings.data)/\($0)" }
            .first { isGenuine($0, Self.wheelDigest) }
    }

    private func python(_ arguments: [String]) async throws {
        let run = try await CapturedRun.run(
            ["/usr/bin/env", "python3"] + arguments, environment: environment,
            directory: settings.data, on: loop)
        guard run.isSuccess else {
            throw refusal("The purchase log cannot be had from PyPI: \(run.lastWords)")
        }
    }

    private func refusal(_ sentence: String) -> Complaint {
        Complaint(
            [
                sentence,
                "Set \(Self.localKey) to a copy of CDNOW_sample.txt to do without the network.",
            ], status: ExitStatus.unavailable)
    }
}
