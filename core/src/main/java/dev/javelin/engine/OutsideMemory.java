package dev.javelin.engine;

import dev.javelin.engine.Recording.Captured;
import dev.javelin.engine.Recording.Constant;
import dev.javelin.engine.Recording.Entry;
import dev.javelin.engine.Recording.OldGradient;
import dev.javelin.engine.Recording.Outside;
import dev.javelin.engine.Recording.Place;
import dev.javelin.kernels.Shape;
import dev.javelin.kernels.View;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// The memory that a recording did not make. Tensors that overlap where it is written become one input, of which each is a view, and
/// must lie to each other as they did at each call. Elsewhere each tensor is an input of its own.
final class OutsideMemory {
  /// A part of some memory whose borders no tensor crosses.
  private static final class Block {
    final long begin;
    long end;
    boolean written;
    final List<Outside> tensors = new ArrayList<>();

    /// The input that has all tensors in it, if the block is written.
    Input whole;

    Block(Place first) {
      this.begin = first.offset();
      this.end = first.offset();
    }
  }

  /// An input of the region.
  ///
  /// @param tensor a tensor in the same memory, by which it is found
  /// @param place where it was
  record Input(Outside tensor, Place place) {
    /// The input in a call with these arguments.
    Value current(Value[] args) {
      Value value = tensor.current(args);
      long shift = place.offset() - tensor.place().offset();
      return place.equals(tensor.place())
          ? value
          : Value.make(place.layout(), value.storage(), value.offset + shift);
    }
  }

  /// Two tensors that must lie to each other as they did.
  private record Pair(Outside first, Outside second) {
    boolean holds(Value[] args) {
      Value a = first.current(args);
      Value b = second.current(args);
      return a.source == b.source
          && b.offset - a.offset == second.place().offset() - first.place().offset();
    }
  }

  final List<Input> inputs = new ArrayList<>();

  private final Recording recording;
  private final Map<Storage, List<Block>> blocks = new IdentityHashMap<>();
  private final List<Pair> pairs = new ArrayList<>();

  /// The tensors that may be others in the next call; for each, the first of them that was in the same memory.
  private final List<Outside> changing = new ArrayList<>();

  private final List<Integer> together = new ArrayList<>();

  /// Whether the old gradients among them have to be compared with the rest.
  private boolean mayMeet;

  /// The memory of the tensors that may not, and whether it is written.
  private final Map<Storage, Boolean> captured = new IdentityHashMap<>();

  private boolean mixesHistories;

  OutsideMemory(Recording recording) {
    this.recording = recording;
    findBlocks();
    Map<Place, Input> known = new HashMap<>();
    Map<Storage, Outside> anchors = new IdentityHashMap<>();
    for (Outside tensor : recording.outsides) {
      Place place = tensor.place();
      Block block = block(place);
      Input input = block.written ? block.whole : known.get(place);
      if (input == null) {
        input = block.written ? whole(block, place.storage()) : new Input(tensor, place);
        inputs.add(input);
        block.whole = block.written ? input : null;
        known.put(place, input);
      }
      Outside anchor =
          isWritten(place.storage())
              ? anchors.computeIfAbsent(place.storage(), key -> tensor)
              : input.tensor;
      if (anchor != tensor) {
        pairs.add(new Pair(anchor, tensor));
      }
      mixesHistories |= mixesHistories(input, tensor);
    }
    findGuards();
  }

  // ---- what is written, and by which tensor it is known ----

  private void findBlocks() {
    Map<Storage, List<Place>> places = new IdentityHashMap<>();
    recording.outsides.forEach(tensor -> add(places, tensor.place()));
    recording.entries.forEach(entry -> entry.outputs().forEach(place -> add(places, place)));
    places.forEach(
        (storage, all) -> {
          List<Block> found = new ArrayList<>();
          all.sort(Comparator.comparingLong(Place::offset));
          for (Place place : all) {
            if (found.isEmpty() || place.offset() > found.getLast().end) {
              found.add(new Block(place));
            }
            Block block = found.getLast();
            block.end = Math.max(block.end, last(place));
          }
          blocks.put(storage, found);
        });
    recording.outsides.forEach(tensor -> block(tensor.place()).tensors.add(tensor));
    for (Entry entry : recording.entries) {
      for (int i = 0; i < entry.outputs().size(); i++) {
        Place place = entry.outputs().get(i);
        if (Region.targetOf(entry.op(), i) >= 0 && !recording.isMade(place.storage())) {
          block(place).written = true;
        }
      }
    }
  }

  private void add(Map<Storage, List<Place>> places, Place place) {
    if (!recording.isMade(place.storage())) {
      places.computeIfAbsent(place.storage(), key -> new ArrayList<>()).add(place);
    }
  }

  /// The last element of a place; that it begins at if it has none.
  private static long last(Place place) {
    View view = place.layout().view();
    long last = place.offset();
    for (int axis = 0; axis < view.shape().rank(); axis++) {
      last += (view.shape().size(axis) - 1) * view.stride(axis);
    }
    return view.shape().numel() == 0 ? place.offset() : last;
  }

  private Block block(Place place) {
    for (Block block : blocks.get(place.storage())) {
      if (place.offset() <= block.end) {
        return block;
      }
    }
    throw new IllegalStateException("no tensor is known at " + place);
  }

  /// The input for a block: a tensor that has all of it, or the block as it lies in memory.
  private Input whole(Block block, Storage storage) {
    for (Outside tensor : block.tensors) {
      Place place = tensor.place();
      boolean covers =
          place.offset() == block.begin
              && last(place) == block.end
              && Fuser.isDense(place.layout().view());
      if (covers || isAlone(place, block)) {
        return new Input(tensor, place);
      }
    }
    Outside any = block.tensors.getFirst();
    Layout all =
        Layout.contiguous(any.place().layout().dtype(), Shape.of(block.end - block.begin + 1));
    return new Input(any, new Place(storage, all, block.begin));
  }

  /// Whether no other place in a block is read or written.
  private boolean isAlone(Place place, Block block) {
    return block.tensors.stream().allMatch(tensor -> tensor.place().equals(place))
        && recording.entries.stream()
            .flatMap(entry -> entry.outputs().stream())
            .allMatch(other -> other.equals(place) || key(other) != block);
  }

  /// What stands for the memory that a place is a part of.
  Object key(Place place) {
    return recording.isMade(place.storage()) ? place.storage() : block(place);
  }

  /// Whether a place is in memory that was there before and is written.
  boolean isUpdated(Place place) {
    return !recording.isMade(place.storage()) && !isConstant(place) && block(place).written;
  }

  /// Whether a place was filled by the host during the function.
  boolean isConstant(Place place) {
    return recording.isConstant(place.storage());
  }

  private boolean isWritten(Storage storage) {
    return blocks.get(storage).stream().anyMatch(block -> block.written);
  }

  /// The input that a place in updated memory is a part of.
  Input around(Place place) {
    return block(place).whole;
  }

  // ---- gradients ----

  /// Whether a gradient would flow to one tensor that belongs to another.
  boolean mixesHistories() {
    return mixesHistories;
  }

  private boolean mixesHistories(Input input, Outside tensor) {
    Value own = tensor.current(recording.args);
    Value other = input.tensor.current(recording.args);
    boolean same = own == other && input.place.equals(tensor.place());
    return !same && (own != null && own.tracked() || other != null && other.tracked());
  }

  // ---- what must stay as it is ----

  private void findGuards() {
    Map<Storage, Integer> first = new IdentityHashMap<>();
    for (Outside tensor : recording.outsides) {
      Storage storage = tensor.place().storage();
      if (tensor instanceof Captured) {
        captured.put(storage, isWritten(storage));
      } else if (!(tensor instanceof Constant)) {
        together.add(first.computeIfAbsent(storage, key -> changing.size()));
        changing.add(tensor);
      }
    }
    // How arguments share memory with each other is part of the signature.
    mayMeet =
        changing.stream().anyMatch(tensor -> tensor instanceof OldGradient)
            && changing.stream().anyMatch(tensor -> isWritten(tensor.place().storage()));
  }

  /// Whether the recording holds for a call with these arguments.
  boolean isUnchanged(Value[] args) {
    for (Outside tensor : recording.outsides) {
      if (!tensor.isUnchanged(args)) {
        return false;
      }
    }
    for (Pair pair : pairs) {
      if (!pair.holds(args)) {
        return false;
      }
    }
    Map<Object, Integer> first = mayMeet ? new IdentityHashMap<>() : null;
    for (int i = 0; i < changing.size(); i++) {
      Storage before = changing.get(i).place().storage();
      Source now = changing.get(i).current(args).source;
      Boolean written = now == before ? null : captured.get(now);
      if (written != null && (written || isWritten(before))) {
        return false;
      }
      if (mayMeet) {
        Integer other = first.putIfAbsent(now, i);
        if ((other == null ? i : other) != together.get(i)) {
          return false;
        }
      }
    }
    return true;
  }
}
