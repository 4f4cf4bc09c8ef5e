import Testing

@Suite struct LexerTests {
    @Test func commentsAndStringsAreLeftOut() {
        let text = """
            let a = "x // no" // yes {
            /* one /* two */ { */ let b = #"a "quoted" \\#(c("}")) text"#
            let d = \"\"\"
              { multi \\(e) line
              \"\"\"
            let f = "\\"{"
            """
        #expect(
            Lexer(text).code == """
                let a = "" 
                 let b = #"(c(""))"#
                let d = \"\"\"
                (e)
                \"\"\"
                let f = ""
                """)
    }

    @Test func importsAreFoundWhateverTheirAccess() {
        let source = Source(
            path: "Shared/X/A.swift",
            text: """
                import One
                public import Two
                @preconcurrency internal import struct Three.Part
                // import Four
                let text = "import Five"
                """)
        #expect(source.imports == ["One", "Two", "Three"])
    }
}
