import Foundation

/// The files of the project as they lie on the disk.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static let skipped: Set<String> = [
        ".git", ".build", ".souk", ".swiftpm", "__pycache__",
    ]

    /// Every file that could be committed, by its path from the root.
    static let files: [String] = {
        let walk = FileManager.default.enumerator(
            at: root, includingPropertiesForKeys: [.isRegularFileKey])
        var files: [String] = []
        while let url = walk?.nextObject() as? URL {
            if skipped.contains(url.lastPathComponent) {
                walk?.skipDescendants()
            } else if (try? url.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile
                == true
            {
                files.append(String(url.path.dropFirst(root.path.count + 1)))
            }
        }
        return files.sorted()
    }()

    /// Every Swift file below `folders`.
    static func sources(in folders: [String]) -> [Source] {
        allSources.filter { source in
            folders.contains { source.path == $0 || source.path.hasPrefix($0 + "/") }
        }
    }

    private static let allSources: [Source] = files.filter { $0.hasSuffix(".swift") }.map {
        Source(path: $0, text: text($0))
    }

    static func text(_ path: String) -> String {
        let data = FileManager.default.contents(atPath: root.appending(path: path).path) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    /// The folders directly below `folder`.
    static func folders(in folder: String) -> [String] {
        let names = files.compactMap { file -> String? in
            guard file.hasPrefix(folder + "/") else { return nil }
            let rest = file.dropFirst(folder.count + 1).split(separator: "/")
            return rest.count > 1 ? String(rest[0]) : nil
        }
        return Set(names).sorted()
    }
}

/// A Swift file: its text, and its code without comments and the contents of strings.
struct Source: Sendable, CustomTestStringConvertibleByPath {
    let path: String
    let lines: [String]
    /// The lines with comments and string contents blanked out; as many as `lines`.
    let code: [String]
    /// The lines with the contents of strings removed, comments kept.
    let withoutStrings: [String]

    init(path: String, text: String) {
        self.path = path
        let lexer = Lexer(text)
        lines = text.components(separatedBy: "\n")
        code = lexer.code.components(separatedBy: "\n")
        withoutStrings = lexer.withoutStrings.components(separatedBy: "\n")
    }

    /// The target that compiles the file, such as `Runtime`, `User` or `User/Main`.
    var module: String {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count > 2 else { return "" }
        return parts[0] == "Services" && parts[2] == "Main" ? "\(parts[1])/Main" : parts[1]
    }

    /// The modules that the file imports.
    var imports: [String] {
        code.compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard let keyword = words.firstIndex(of: "import"), keyword + 1 < words.count,
                words[..<keyword].allSatisfy(Self.isImportPrefix)
            else { return nil }
            let kinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "typealias"]
            let name =
                kinds.contains(words[keyword + 1]) && keyword + 2 < words.count
                ? words[keyword + 2] : words[keyword + 1]
            return String(name.prefix { $0 != "." })
        }
    }

    private static func isImportPrefix(_ word: String) -> Bool {
        word.hasPrefix("@")
            || ["public", "package", "internal", "fileprivate", "private"].contains(word)
    }
}

protocol CustomTestStringConvertibleByPath: CustomStringConvertible { var path: String { get } }
extension CustomTestStringConvertibleByPath { var description: String { path } }
