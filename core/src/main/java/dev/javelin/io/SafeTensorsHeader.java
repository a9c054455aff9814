package dev.javelin.io;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.javelin.kernels.DType;
import dev.javelin.kernels.Shape;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.LongStream;

/// The header of a safetensors file: a JSON object with one member for each tensor, and perhaps one
/// called `__metadata__` that maps strings to strings.
///
/// @param tensors where each tensor is, in the order they are written in
/// @param metadata the metadata, in the order it is written in
record SafeTensorsHeader(Map<String, Slot> tensors, Map<String, String> metadata) {
  /// The length the format allows.
  static final int MAX_BYTES = 100_000_000;

  private static final String METADATA = "__metadata__";

  private static final Map<String, DType> TYPES =
      orderedMap(
          Map.entry("BOOL", DType.BOOL),
          Map.entry("U8", DType.UINT8),
          Map.entry("I8", DType.INT8),
          Map.entry("I16", DType.INT16),
          Map.entry("I32", DType.INT32),
          Map.entry("I64", DType.INT64),
          Map.entry("F16", DType.FLOAT16),
          Map.entry("BF16", DType.BFLOAT16),
          Map.entry("F32", DType.FLOAT32),
          Map.entry("F64", DType.FLOAT64));

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(16)
                  .maxNameLength(MAX_BYTES)
                  .maxStringLength(MAX_BYTES)
                  .build())
          .build();

  /// Where a tensor is and what it is.
  ///
  /// @param dtype its type
  /// @param shape its shape
  /// @param begin its first byte, counted from the end of the header
  /// @param end the byte after its last
  record Slot(DType dtype, Shape shape, long begin, long end) {}

  /// Reads a header.
  ///
  /// @param bytes the header's bytes
  /// @return the header; each slot by itself is consistent
  /// @throws Defect if it is not one
  static SafeTensorsHeader parse(byte[] bytes) throws Defect {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new Defect("has a header that is not text in UTF-8", e);
    }
    if (!text.startsWith("{")) {
      throw new Defect(
          "has a header that does not begin as one: expected {, found "
              + (text.isEmpty() ? "nothing" : Defect.quoted(text.substring(0, 1))));
    }
    try (JsonParser parser = JSON.createParser(text)) {
      parser.nextToken();
      Map<String, Slot> tensors = new LinkedHashMap<>();
      Map<String, String> metadata = Map.of();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        if (name.equals(METADATA)) {
          metadata = parseMetadata(parser);
        } else {
          requireText(name);
          tensors.put(name, parseSlot(parser, name));
        }
      }
      if (parser.nextToken() != null) {
        throw new Defect("has a header that goes on after its end");
      }
      return new SafeTensorsHeader(
          Collections.unmodifiableMap(tensors), Collections.unmodifiableMap(metadata));
    } catch (JacksonException e) {
      throw new Defect(
          "has a header that is not valid JSON: " + Defect.oneLine(e.getOriginalMessage(), 160), e);
    } catch (IOException e) {
      throw new UncheckedIOException("reading from a string cannot fail", e);
    }
  }

  private static Map<String, String> parseMetadata(JsonParser parser) throws IOException, Defect {
    require(parser.nextToken() == JsonToken.START_OBJECT, METADATA, "an object");
    Map<String, String> metadata = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      require(parser.nextToken() == JsonToken.VALUE_STRING, METADATA, "strings only");
      requireText(name);
      requireText(parser.getText());
      metadata.put(name, parser.getText());
    }
    return metadata;
  }

  private static Slot parseSlot(JsonParser parser, String name) throws IOException, Defect {
    require(parser.nextToken() == JsonToken.START_OBJECT, name, "an object");
    String dtype = null;
    long[] sizes = null;
    long[] offsets = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (field) {
        case "dtype" -> {
          require(value == JsonToken.VALUE_STRING, name, "a string as dtype");
          dtype = parser.getText();
        }
        case "shape" -> sizes = parseNumbers(parser, name, field);
        case "data_offsets" -> offsets = parseNumbers(parser, name, field);
        // The format's own library ignores what it does not know.
        default -> parser.skipChildren();
      }
    }
    require(dtype != null && sizes != null && offsets != null, name, "dtype, shape, data_offsets");
    require(offsets.length == 2 && offsets[0] <= offsets[1], name, "two data_offsets in order");
    return slot(name, dtype, sizes, offsets);
  }

  private static Slot slot(String name, String type, long[] sizes, long[] offsets) throws Defect {
    DType dtype = TYPES.get(type);
    if (dtype == null) {
      throw new Defect(
          "holds the tensor "
              + Defect.quoted(name)
              + " of an unknown type: expected one of "
              + String.join(", ", TYPES.keySet())
              + ", found "
              + Defect.quoted(type));
    }
    try {
      Shape shape = Shape.of(sizes);
      long bytes = Math.multiplyExact(shape.numel(), dtype.bytes());
      if (bytes != offsets[1] - offsets[0]) {
        throw new Defect(
            "is damaged: expected "
                + bytes
                + " bytes for the tensor "
                + Defect.quoted(name)
                + " of type "
                + type
                + " and shape "
                + shape
                + ", found "
                + (offsets[1] - offsets[0])
                + " promised");
      }
      return new Slot(dtype, shape, offsets[0], offsets[1]);
    } catch (ArithmeticException e) {
      throw new Defect(
          "is damaged: found the impossible shape "
              + Arrays.toString(sizes)
              + " for the tensor "
              + Defect.quoted(name),
          e);
    }
  }

  private static long[] parseNumbers(JsonParser parser, String name, String field)
      throws IOException, Defect {
    String expected = "whole numbers from 0 as " + field;
    require(parser.currentToken() == JsonToken.START_ARRAY, name, expected);
    LongStream.Builder numbers = LongStream.builder();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      require(
          parser.currentToken() == JsonToken.VALUE_NUMBER_INT && parser.getLongValue() >= 0,
          name,
          expected);
      numbers.add(parser.getLongValue());
    }
    return numbers.build().toArray();
  }

  private static void require(boolean condition, String name, String expected) throws Defect {
    if (!condition) {
      throw new Defect(
          "has a header with a faulty " + Defect.quoted(name) + ": expected " + expected);
    }
  }

  private static void requireText(String text) throws Defect {
    // JSON can spell half of a pair of surrogates, which is no character.
    require(isText(text), text, "characters only");
  }

  /// Whether a string can be written in UTF-8.
  private static boolean isText(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }

  /// Writes this header.
  ///
  /// @return its bytes, padded with spaces so that the data behind it is aligned to 8 bytes
  /// @throws IllegalArgumentException if a name cannot be written, or the header gets too long
  byte[] print() {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(METADATA);
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
          json.writeStringField(printable(entry.getKey()), printable(entry.getValue()));
        }
        json.writeEndObject();
      }
      for (Map.Entry<String, Slot> entry : tensors.entrySet()) {
        if (entry.getKey().equals(METADATA)) {
          throw new IllegalArgumentException("a tensor cannot be named " + METADATA);
        }
        Slot slot = entry.getValue();
        json.writeObjectFieldStart(printable(entry.getKey()));
        json.writeStringField("dtype", nameOf(slot.dtype));
        writeNumbers(json, "shape", slot.shape.toArray());
        writeNumbers(json, "data_offsets", slot.begin, slot.end);
        json.writeEndObject();
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to a string cannot fail", e);
    }
    byte[] text = out.toString().getBytes(StandardCharsets.UTF_8);
    // The eight bytes before the header, its length, do not change the remainder.
    byte[] padded = Arrays.copyOf(text, Math.ceilDiv(text.length, 8) * 8);
    Arrays.fill(padded, text.length, padded.length, (byte) ' ');
    if (padded.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "the names, shapes and metadata of "
              + tensors.size()
              + " tensors take "
              + padded.length
              + " bytes, and a safetensors file allows "
              + MAX_BYTES);
    }
    return padded;
  }

  private static void writeNumbers(JsonGenerator json, String field, long... numbers)
      throws IOException {
    json.writeFieldName(field);
    json.writeArray(numbers, 0, numbers.length);
  }

  private static String printable(String text) {
    if (!isText(text)) {
      throw new IllegalArgumentException(
          Defect.quoted(text) + " holds half a character, which a safetensors file cannot");
    }
    return text;
  }

  private static String nameOf(DType dtype) {
    return TYPES.entrySet().stream()
        .filter(entry -> entry.getValue() == dtype)
        .findFirst()
        .orElseThrow()
        .getKey();
  }

  @SafeVarargs
  private static Map<String, DType> orderedMap(Map.Entry<String, DType>... entries) {
    Map<String, DType> map = new LinkedHashMap<>();
    for (Map.Entry<String, DType> entry : entries) {
      map.put(entry.getKey(), entry.getValue());
    }
    return Collections.unmodifiableMap(map);
  }
}
